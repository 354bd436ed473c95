/** For formats that write a line in several ways: the way that fitted last is tried first, then the one before it, and so on. */
import type { ChoiceProgram } from '../formats/program.js';
import type { Capture, LineScanner } from './capture.js';
import { TextScanner } from './text-scanner.js';

export class ChoiceScanner implements LineScanner {
  /** The latest that fitted first. */
  private readonly scanners: TextScanner[];

  constructor(
    program: ChoiceProgram,
    private readonly capture: Capture,
  ) {
    this.scanners = program.choices.map((choice) => new TextScanner(choice, capture));
  }

  scan(bytes: Uint8Array, from: number, to: number): boolean {
    return this.scanners[0]!.scan(bytes, from, to) || this.scanOthers(bytes, from, to);
  }

  /** Where none fits, the place that is told is that of the one that came furthest. */
  private scanOthers(bytes: Uint8Array, from: number, to: number): boolean {
    const { capture, scanners } = this;
    let { failedAt, expected } = capture;
    for (let at = 1; at < scanners.length; at += 1) {
      const scanner = scanners[at]!;
      // Each fills other slots.
      capture.field.fill(-1);
      if (scanner.scan(bytes, from, to)) {
        scanners.copyWithin(1, 0, at);
        scanners[0] = scanner;
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
