/** Buttons that copy a text, and the one that saves the result. Nothing leaves the page but by these. */

/** Where a page from a disk may not use the clipboard, a field does. */
const copy = async (text: string): Promise<boolean> => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.setAttribute('aria-hidden', 'true');
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
};

export const copying = (): void => {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
    const says = button.textContent ?? '';
    button.addEventListener('click', async () => {
      button.textContent = (await copy(button.dataset.copy ?? '')) ? 'Copied' : 'Cannot copy here';
      button.focus();
      setTimeout(() => {
        button.textContent = says;
      }, 1500);
    });
  }
};

export const downloading = (): void => {
  document.querySelector('#download')?.addEventListener('click', () => {
    const data: unknown = JSON.parse(document.querySelector('#result')?.textContent ?? 'null');
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([`${JSON.stringify(data, null, 2)}\n`], { type: 'application/json' }));
    link.download = 'token-tax.json';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
};
