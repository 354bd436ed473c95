/** For formats that write a line in several ways: the way that fitted last is tried first, then the one before it, and so on. */
import type { ChoiceProgram } from '../formats/program.js';
import type { Capture, LineScanner } from './capture.js';
import { TextScanner } from './text-scanner.js';

export class ChoiceScanner implements LineScanner {
  private readonly scanners: readonly TextScanner[];
  /** Numbers of the ways, the latest that fitted first. The kernel keeps the same order. */
  readonly order: Uint8Array;

  constructor(
    program: ChoiceProgram,
    private readonly capture: Capture,
  ) {
    this.scanners = program.choices.map((choice) => new TextScanner(choice, capture));
    this.order = Uint8Array.from(this.scanners.keys());
  }

  scan(bytes: Uint8Array, from: number, to: number): boolean {
    // Each way fills other slots, and the kernel may have changed the order.
    this.capture.field.fill(-1);
    return this.scanners[this.order[0]!]!.scan(bytes, from, to) || this.scanOthers(bytes, from, to);
  }

  /** Where none fits, the place that is told is that of the one that came furthest. */
  private scanOthers(bytes: Uint8Array, from: number, to: number): boolean {
    const { capture, scanners, order } = this;
    let { failedAt, expected } = capture;
    for (let at = 1; at < order.length; at += 1) {
      capture.field.fill(-1);
      const way = order[at]!;
      if (scanners[way]!.scan(bytes, from, to)) {
        order.copyWithin(1, 0, at);
        order[0] = way;
        return true;
      }
      if (capture.failedAt > failedAt) ({ failedAt, expected } = capture);
    }
    capture.field.fill(-1);
    capture.failedAt = failedAt;
    capture.expected = expected;
    return false;
  }
}
