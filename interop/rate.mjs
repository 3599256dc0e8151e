// How many payments a second: the reference facilitator and ours, each a process of its own, on one anvil, with the same
// callers and the same kind of payments, in turns, with one gas key each. Prints the rates and the node calls that each makes.
// Usage: node rate.mjs [--callers 16] [--warm 6000] [--rounds 3] [--verifies 800] [--settles 320]
import { Agent, createServer, request } from "node:http";
import { availableParallelism, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { accounts, privateKey, startAnvil, usdcOf } from "./chain.mjs";
import { PRICE, ask, body, payment } from "./payments.mjs";
import { endAll, listen, printed, run, start } from "./processes.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const waybill = join(dirname(here), "waybill");
const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const CALLERS = option("callers", 16);
const WARM = option("warm", 6000); // verifies by each before the first round
const ROUNDS = option("rounds", 3);
const VERIFIES = option("verifies", 800);
const SETTLES = option("settles", 320);
const TRIES = 3; // of a settlement
const payments = count => Promise.all(Array.from({ length: count }, () => payment()));
const connections = new Agent({ keepAlive: true, maxSockets: CALLERS });

/** As `ask`, with as little work for the caller as may be: it runs on the cores that are measured. */
function asked(facilitator, path, body) {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
    const sent = request(`${facilitator}${path}`, { method: "POST", agent: connections, headers }, response => {
      const chunks = [];
      response.on("data", chunk => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks))));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** All of `work`, by so many callers at once; per second. */
async function rate(work, call) {
  let next = 0;
  const bodies = work.map(one => body(one));
  const began = performance.now();
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (next < bodies.length) await call(bodies[next++]);
    }),
  );
  return (work.length * 1000) / (performance.now() - began);
}

async function verifyRate(facilitator, work) {
  return rate(work, async one => {
    const { isValid, ...why } = await asked(facilitator, "/verify", one);
    if (!isValid) throw new Error(`a good payment was not passed: ${JSON.stringify(why)}`);
  });
}

/** Settles all of `work`; what fails is asked again, as a patient seller would. Only what landed counts. */
async function settleRate(rpc, facilitator, work) {
  const before = await usdcOf(rpc, accounts.payTo);
  const hashes = new Set();
  let again = 0;
  let example = null;
  const perSecond = await rate(work, async one => {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (attempt > 0) again++;
      const answer = await asked(facilitator, "/settle", one);
      if (answer.success) return hashes.add(answer.transaction);
      example ??= answer.errorReason ?? answer.error;
    }
  });
  const landed = Number(((await usdcOf(rpc, accounts.payTo)) - before) / BigInt(PRICE)); // whatever was said of them
  return { perSecond: (perSecond * landed) / work.length, told: hashes.size, landed, again, example };
}

/** A node between a facilitator and anvil that counts what passes, for a run of its own. */
async function counting(rpc) {
  const counted = { calls: 0 };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const parsed = JSON.parse(body);
    counted.calls += Array.isArray(parsed) ? parsed.length : 1;
    const answer = await fetch(rpc, { method: "POST", headers: { "Content-Type": "application/json" }, body });
    response.setHeader("Content-Type", "application/json");
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  counted.url = await listen(server);
  return counted;
}

const startReference = async rpc =>
  (await printed(start(process.execPath, [join(here, "facilitator.mjs"), rpc]), /Listening on (http\S+)/))[1];
const startOurs = async (rpc, key = accounts.waybillGas) =>
  (await printed(
    start(waybill, ["facilitator", "--port", "0", "--rpc", rpc], { env: { WAYBILL_FACILITATOR_KEY: privateKey(key) } }),
    /Listening on (http\S+)/,
  ))[1];

/** Node calls per verify and per settle, one caller, after a first payment each. */
async function nodeCalls(rpc, starting) {
  const node = await counting(rpc);
  const facilitator = await starting(node.url);
  const [warm, ...work] = await payments(11);
  await ask(facilitator, "/verify", warm);
  await ask(facilitator, "/settle", warm);
  const each = {};
  for (const path of ["/verify", "/settle"]) {
    const before = node.calls;
    for (const one of work) await ask(facilitator, path, one);
    each[path] = (node.calls - before) / work.length;
  }
  return each;
}

function print(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => String(row[column]).length)));
  console.log(rows.map(row => row.map((cell, i) => String(cell).padEnd(widths[i])).join("  ").trimEnd()).join("\n") + "\n");
}

const median = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const shown = value => value.toFixed(value < 10 ? 1 : 0);

async function main() {
  const built = await run(waybill, ["--version"], { millis: 30 * 60_000 });
  if (built.code !== 0) throw new Error(`./waybill does not start:\n${built.stdout}${built.stderr}`);
  const rpc = await startAnvil({ states: 256 });

  const counts = { reference: await nodeCalls(rpc, startReference), ours: await nodeCalls(rpc, url => startOurs(url, accounts.countedGas)) };
  const facilitators = { reference: await startReference(rpc), ours: await startOurs(rpc) };

  // One payment verified many times is as much work each time, and the same for both: nothing is remembered of a verdict.
  const rates = { reference: { verify: [], settle: [] }, ours: { verify: [], settle: [] } };
  const lost = { reference: 0, ours: 0 };
  const again = { reference: 0, ours: 0 };
  const examples = { reference: null, ours: null };
  for (const each of Object.values(facilitators)) {
    const some = await payments(500);
    for (let done = 0; done < WARM; done += some.length) await verifyRate(each, some);
  }
  for (const each of Object.values(facilitators)) await settleRate(rpc, each, await payments(WARM / 10));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, each] of Object.entries(facilitators)) {
      rates[name].verify.push(await verifyRate(each, await payments(VERIFIES)));
      const { perSecond, told, landed, ...more } = await settleRate(rpc, each, await payments(SETTLES));
      if (told > landed) throw new Error(`${name} told of ${told} settlements, and ${landed} landed`);
      rates[name].settle.push(perSecond);
      lost[name] += SETTLES - landed;
      again[name] += more.again;
      examples[name] ??= more.example;
    }
  }
  const times = step => median(rates.ours[step]) / median(rates.reference[step]);
  print([
    ["", "reference", "ours", "times", "node calls: reference", "ours"],
    ...[["verify", "verifies"], ["settle", "settles"]].map(([step, plural]) => [
      `${plural} a second`,
      shown(median(rates.reference[step])),
      shown(median(rates.ours[step])),
      times(step).toFixed(1),
      shown(counts.reference[`/${step}`]),
      shown(counts.ours[`/${step}`]),
    ]),
  ]);
  console.log(`${CALLERS} callers, after ${WARM} verifies by each ${ROUNDS} rounds of ${VERIFIES} verifies and ${SETTLES} settles each, in turns; medians.`);
  console.log(`rounds: ${["verify", "settle"].map(step => `${step} ${Object.keys(rates).map(name => `${name} ${rates[name][step].map(shown).join(" ")}`).join(", ")}`).join("; ")}`);
  for (const name of Object.keys(rates)) {
    const why = examples[name] ? ` (such as ${String(examples[name]).slice(0, 100)})` : "";
    console.log(`${name}: ${again[name]} asked again, ${lost[name]} lost${why}`);
  }
  console.log(`load of the machine at the end: ${loadavg().map(load => load.toFixed(1)).join(" ")}, ${availableParallelism()} cores`);
  return lost.ours === 0 && times("verify") >= 5 && times("settle") >= 3;
}

main().then(
  good => {
    endAll();
    process.exit(good ? 0 : 1);
  },
  error => {
    console.error(error.stack);
    endAll();
    process.exit(2);
  },
);
