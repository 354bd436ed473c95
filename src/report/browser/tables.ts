/** Tables are sorted by the buttons in their heads; the field shows only the findings and keys that hold a text. */

const sortedBy = (cell: Element | undefined): number | string => {
  const by = cell?.getAttribute('data-by');
  return by === null || by === undefined ? (cell?.textContent ?? '') : Number(by);
};

const compare = (a: number | string, b: number | string): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [one, other] = [String(a), String(b)];
  return one < other ? -1 : one > other ? 1 : 0;
};

const sort = (table: HTMLTableElement, column: number, up: boolean): void => {
  const body = table.tBodies[0];
  if (body === undefined) return;
  const rows = [...body.rows].map((row, index) => ({ row, index, by: sortedBy(row.cells[column]) }));
  rows.sort((a, b) => (up ? 1 : -1) * compare(a.by, b.by) || a.index - b.index);
  body.append(...rows.map(({ row }) => row));
};

export const sorting = (): void => {
  for (const table of document.querySelectorAll<HTMLTableElement>('table.sorts')) {
    const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
    heads.forEach((head, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener('click', () => {
        // Figures are read from the most on, names from A on.
        const sorted = head.getAttribute('aria-sort');
        const up = sorted === null ? !head.classList.contains('n') : sorted === 'descending';
        for (const other of heads) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
        sort(table, column, up);
      });
    });
  }
};

export const searching = (): void => {
  const field = document.querySelector<HTMLInputElement>('#find');
  field?.addEventListener('input', () => {
    const wanted = field.value.trim().toLowerCase();
    for (const each of document.querySelectorAll<HTMLElement>('[data-find]'))
      each.hidden = !(each.dataset.find ?? '').toLowerCase().includes(wanted);
    for (const lane of document.querySelectorAll<HTMLElement>('.lane'))
      lane.hidden = !`${lane.dataset.client ?? ''} ${lane.dataset.holder ?? ''}`.toLowerCase().includes(wanted);
  });
};
