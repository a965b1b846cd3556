// Runs every test of the page. A file that fails is run once more, alone, and is then called unsteady if it passes:
// browsers on a software GPU answer late on a busy machine. What fails twice fails. As many files run at once as there are cores: one fewer, Node's
// own choice, takes a seventh longer on two.

import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from 'node:test';
import { spec as Spec } from 'node:test/reporters';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** Runs files and gives those in which something failed. */
function failing(files, concurrency) {
    const failed = new Set();
    const stream = run({ files, concurrency });
    stream.on('test:fail', ({ file }) => failed.add(file));
    stream.compose(new Spec()).pipe(process.stdout, { end: false });
    return new Promise((resolve) => stream.on('end', () => resolve([...failed])));
}

const wanted = process.argv.slice(2);
const all = readdirSync(FOLDER).filter((name) => name.endsWith('.test.mjs') && (wanted.length === 0 || wanted.includes(name)));
if (all.length === 0) throw new Error('there is no such test file');
const first = await failing(all.map((name) => FOLDER + name), availableParallelism());
const again = first.length > 0 ? await failing(first, 1) : [];
const names = (files) => files.map((file) => basename(file)).join(', ');
const unsteady = first.filter((file) => !again.includes(file));
if (unsteady.length > 0) console.log(`unsteady, passed when run again: ${names(unsteady)}`);
if (again.length > 0) console.log(`failed twice: ${names(again)}`);
process.exitCode = again.length > 0 ? 1 : 0;
