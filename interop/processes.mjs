// Child processes and loopback servers of one run: started here, waited for with a limit, and always ended.
import { spawn } from "node:child_process";

const children = new Set();
const servers = new Set();

/** Starts a program in a process group of its own; `child.text()` is what it has printed so far, both streams together. */
export function start(command, args, { env = {}, cwd } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", chunk => (stdout += chunk));
  child.stderr.on("data", chunk => (stderr += chunk));
  child.stdoutText = () => stdout;
  child.text = () => stdout + stderr;
  child.ended = new Promise(resolve => {
    child.once("error", error => resolve({ code: -1, stdout, stderr: String(error) }));
    child.once("close", code => resolve({ code, stdout, stderr }));
  });
  child.ended.then(() => children.delete(child));
  children.add(child);
  return child;
}

/** Waits until the child prints something that `pattern` matches, and returns the match. */
export async function printed(child, pattern, millis = 120_000) {
  const deadline = Date.now() + millis;
  let over = false;
  child.ended.then(() => (over = true));
  for (;;) {
    const match = pattern.exec(child.text());
    if (match) return match;
    if (over) throw new Error(`${child.spawnfile} ended before it printed ${pattern}:\n${child.text()}`);
    if (Date.now() > deadline) throw new Error(`${child.spawnfile} did not print ${pattern} within ${millis} ms:\n${child.text()}`);
    await pause(20);
  }
}

/** Runs a program to its end: `{ code, stdout, stderr }`. */
export async function run(command, args, { millis = 120_000, ...options } = {}) {
  const child = start(command, args, options);
  const timer = setTimeout(() => kill(child), millis);
  try {
    return await child.ended;
  } finally {
    clearTimeout(timer);
  }
}

/** Listens with an Express app or a plain request listener on a free loopback port and returns the base URL. */
export function listen(app) {
  return new Promise((resolve, reject) => {
    const server = app.listen(0, "127.0.0.1", error => {
      if (error) return reject(error);
      resolve(`http://127.0.0.1:${server.address().port}`);
    });
    servers.add(server);
  });
}

/** Ends every child and server that this run has started. */
export function endAll() {
  for (const child of children) kill(child);
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  children.clear();
  servers.clear();
}

export const pause = millis => new Promise(resolve => setTimeout(resolve, millis));

function kill(child) {
  try {
    process.kill(-child.pid, "SIGKILL"); // the whole group: a launcher and what it runs
  } catch {
    child.kill("SIGKILL");
  }
}

process.on("exit", endAll);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
