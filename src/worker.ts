/** A thread that reads ranges and files of a run into a part, and hands the part over when nothing is left. */
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { pack } from './analysis/parcel.js';
import { Reader } from './reading.js';
import { loadKernel } from './scan/kernel/load.js';
import { FETCHES, KIB, LINES, STOP, take, type WorkerInput, type WorkerOutput } from './threads.js';

const { id, control, settings, files, tasks, module } = await told();
const KIBIBYTE = 1024;
const LINGER_MS = 30;

/** What to read, once the main thread knows. */
async function told(): Promise<WorkerInput> {
  const [input] = (await once(parentPort!, 'message')) as [WorkerInput];
  return input;
}

const kernel = module === undefined ? undefined : await loadKernel(false, module);
let bytesLeft = 0;
const reader = new Reader(settings, {
  stopped: () => Atomics.load(control, STOP) !== 0,
  onBlock: (bytes, lines, fetches) => {
    bytesLeft += bytes;
    Atomics.add(control, KIB, Math.floor(bytesLeft / KIBIBYTE));
    bytesLeft %= KIBIBYTE;
    Atomics.add(control, LINES, lines);
    Atomics.add(control, FETCHES, fetches);
  },
});

for (let at = take(control, id, tasks.length); at !== undefined; at = take(control, id, tasks.length)) {
  const { file, range } = tasks[at]!;
  if (range === undefined) await reader.readWhole(files[file]!, kernel);
  else await reader.readRange(files[file]!, kernel, range);
}

const { parcel, transfer } = pack(reader.part);
const output: WorkerOutput = {
  parcel,
  limits: reader.dictionary.limits,
  facts: reader.facts,
  matched: reader.dictionary.matchedPatterns,
};
parentPort?.postMessage(output, transfer);
// A thread that ends waits for the compilers of its functions, and those may wait for it to collect garbage: then nobody goes on
// (nodejs/node#54918). While it waits for a timer it does what they ask, and they are done before it ends.
setTimeout(() => {}, LINGER_MS);
