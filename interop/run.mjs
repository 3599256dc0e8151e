// Waybill against the reference x402 packages: who pays whom, checked by what moved on the chain.
// Usage: node run.mjs [--reference]        (--reference: the reference packages among themselves only, without Waybill)
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAbi } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { NETWORK, USDC, accounts, clients, privateKey, startAnvil, usdcOf } from "./chain.mjs";
import { buyer, startFacilitator, startModel, startSeller } from "./peers.mjs";
import { endAll, printed, run, start } from "./processes.mjs";

const waybill = join(dirname(dirname(fileURLToPath(import.meta.url))), "waybill");
const scratch = mkdtempSync(join(tmpdir(), "waybill-interop-"));
const referenceOnly = process.argv.includes("--reference");
const results = [];

const LIMIT_MILLIS = 8 * 60_000; // of the whole run, after the build
const CHECK_MILLIS = 60_000;
const EXIT_REFUSED = 3;

async function main() {
  if (!referenceOnly) {
    console.error("Building ./waybill ...");
    const built = await run(waybill, ["--version"], { millis: 30 * 60_000 });
    if (built.code !== 0) throw new Error(`./waybill does not start:\n${built.stdout}${built.stderr}`);
  }
  setTimeout(() => fatal(new Error(`the run did not end within ${LIMIT_MILLIS / 1000} s`)), LIMIT_MILLIS).unref();

  await payments("anvil", await startAnvil());
  if (!referenceOnly) await payments("devnet", await startDevnet());
}

/** Every pairing, on one chain. */
async function payments(chain, rpc) {
  const seller = await startSeller(await startFacilitator(rpc));
  const pay = buyer(accounts.buyer);
  const paid = (pairing, what, units, call) => check(chain, pairing, what, () => moves(rpc, units, call));

  await paid("reference buyer > reference seller", "GET, price in atomic units", 10_000n, () => served(pay(`${seller.url}/weather`)));
  await paid("reference buyer > reference seller", 'GET, price "$0.01"', 10_000n, () => served(pay(`${seller.url}/cent`)));
  await paid("reference buyer > reference seller", "POST with a body", 2_000n, async () => {
    const answer = await served(pay(`${seller.url}/echo`, post({ word: "hello" })));
    expect(answer.text, JSON.stringify({ heard: { word: "hello" } }));
    return answer;
  });
  if (referenceOnly) return;

  const ours = args => cli(rpc, ["pay", "--json", ...args]);
  await paid("waybill pay > reference seller", "GET, price in atomic units", 10_000n, () => ours([`${seller.url}/weather`]));
  await paid("waybill pay > reference seller", 'GET, price "$0.01"', 10_000n, () => ours(["--max", "0.01", `${seller.url}/cent`]));
  await paid("waybill pay > reference seller", "POST with a body", 2_000n, async () => {
    const body = JSON.stringify({ word: "hello" });
    const answer = await ours(["-X", "POST", "-H", "Content-Type: application/json", "-d", body, `${seller.url}/echo`]);
    expect(answer.text, JSON.stringify({ heard: { word: "hello" } }));
    return answer;
  });

  const refused = (what, reason, args, key) =>
    check(chain, "waybill pay > reference seller", what, async () => {
      const before = seller.served;
      const text = await moves(rpc, 0n, () => refusal(rpc, args, key));
      if (!reason.test(text)) throw new Error(`the refusal should say ${reason}, it says: ${text}`);
      expect(seller.served, before);
    });
  await refused("refuses a price above --max", /0\.009/, ["--max", "0.009", `${seller.url}/weather`]);
  await refused("refuses a token that is not listed", new RegExp(accounts.usdcOwner.address, "i"), [`${seller.url}/strange`]);
  await refused("pays nothing without funds", /insufficient_funds/, [`${seller.url}/weather`], generatePrivateKey());

  const model = await startModel();
  const gateway = await startGateway(chain, rpc, model);
  const question = { model: "scripted", messages: [{ role: "user", content: "Are you paid?" }] };
  const completion = answer => expect(JSON.parse(answer.text).choices[0].message.content, "Paid and answered.");
  await paid("reference buyer > waybill gateway", "chat completion", 5_000n, async () => {
    const answer = await served(pay(`${gateway}/v1/chat/completions`, post(question)));
    completion(answer);
    return answer;
  });
  await paid("reference buyer > waybill gateway", "streamed chat completion", 5_000n, async () => {
    const answer = await served(pay(`${gateway}/v1/chat/completions`, post({ ...question, stream: true })));
    expect(streamed(answer.text), "Paid and answered.");
    return answer;
  });
  await check(chain, "reference buyer > waybill gateway", "the same payment again gets the same answer, unpaid", async () => {
    const url = `${gateway}/v1/chat/completions`;
    const first = await pay(url, post(question));
    const asked = model.asked;
    await moves(rpc, 0n, async () => {
      const request = post(question);
      const again = await fetch(url, { ...request, headers: { ...request.headers, "PAYMENT-SIGNATURE": first.payment } });
      expect(again.status, 200);
      expect(await again.text(), first.text);
    });
    expect(model.asked, asked);
  });
  await check(chain, "reference buyer > waybill gateway", "is not served without funds", async () => {
    const asked = model.asked;
    const poor = buyer(privateKeyToAccount(generatePrivateKey()));
    const answer = await moves(rpc, 0n, () => poor(`${gateway}/v1/chat/completions`, post(question)));
    expect(answer.status, 402);
    expect(model.asked, asked);
  });
  await paid("waybill pay > waybill gateway", "chat completion", 5_000n, async () => {
    const args = ["-H", "Content-Type: application/json", "-d", JSON.stringify(question), `${gateway}/v1/chat/completions`];
    const answer = await ours(args);
    completion(answer);
    return answer;
  });
}

/** Runs `call` and demands that exactly `units` went from the buyer to the seller, by the transaction that the answer names. */
async function moves(rpc, units, call) {
  const balances = () => Promise.all([usdcOf(rpc, accounts.buyer), usdcOf(rpc, accounts.payTo)]);
  const [buyerBefore, sellerBefore] = await balances();
  const answer = await call();
  const [buyerAfter, sellerAfter] = await balances();
  if (buyerBefore - buyerAfter !== units || sellerAfter - sellerBefore !== units) {
    throw new Error(`${units} units should move; the buyer paid ${buyerBefore - buyerAfter}, the seller got ${sellerAfter - sellerBefore}`);
  }
  if (units > 0n) await transferred(rpc, answer.settlement, units);
  return answer;
}

async function transferred(rpc, settlement, units) {
  expect(settlement?.success, true);
  expect(settlement.network, NETWORK);
  const { reader } = clients(rpc);
  const { blockNumber } = await reader.getTransactionReceipt({ hash: settlement.transaction });
  const [event] = parseAbi(["event Transfer(address indexed from, address indexed to, uint256 value)"]);
  const logs = await reader.getLogs({ address: USDC, event, fromBlock: blockNumber, toBlock: blockNumber });
  const found = logs.some(({ transactionHash, args }) =>
    transactionHash === settlement.transaction && args.from === accounts.buyer.address && args.to === accounts.payTo.address && args.value === units);
  if (!found) throw new Error(`transaction ${settlement.transaction} holds no Transfer of ${units} units from the buyer to the seller`);
}

/** A paid answer, which must be a success. */
async function served(answer) {
  const { status, text, settlement } = await answer;
  if (status !== 200) throw new Error(`answered ${status}: ${text.slice(0, 400)} ${JSON.stringify(settlement)}`);
  return { text, settlement };
}

/** `./waybill pay --json`, which must succeed: its body and settlement. */
async function cli(rpc, args) {
  const { code, stdout, stderr } = await run(waybill, args, { env: walletOf(rpc, privateKey(accounts.buyer)), millis: CHECK_MILLIS });
  if (code !== 0) throw new Error(`./waybill ${args.join(" ")} ended with ${code}: ${stdout}${stderr}`);
  const { status, body, settlement, paymentId } = JSON.parse(stdout);
  expect(status, 200);
  if (!paymentId) throw new Error(`no payment id in ${stdout}`);
  return { text: body, settlement };
}

/** `./waybill pay`, which must be refused: what it said. */
async function refusal(rpc, args, key = privateKey(accounts.buyer)) {
  const { code, stdout, stderr } = await run(waybill, ["pay", ...args], { env: walletOf(rpc, key), millis: CHECK_MILLIS });
  if (code !== EXIT_REFUSED) throw new Error(`./waybill pay ended with ${code}: ${stdout}${stderr}`);
  return stderr;
}

let wallets = 0;
const walletOf = (rpc, key) => ({
  WAYBILL_HOME: join(scratch, `wallet-${wallets++}`),
  WAYBILL_PRIVATE_KEY: key,
  WAYBILL_RPC_URL: rpc,
});

async function startDevnet() {
  const [, url] = await printed(start(waybill, ["devnet", "--port", "0"]), /(http:\/\/127\.0\.0\.1:\d+)/);
  return url;
}

async function startGateway(chain, rpc, model) {
  const config = join(scratch, `gateway-${chain}.yaml`);
  writeFileSync(config, `waybill:
  gateway:
    data-dir: ${join(scratch, `gateway-${chain}`)}
    models:
      - id: scripted
        base-url: ${model.baseUrl}
        upstream-model: scripted-1
        price: 0.005
        context-tokens: 8192
        output-tokens: 1024
`);
  const args = ["gateway", config, "--port", "0", "--pay-to", accounts.payTo.address, "--rpc", rpc];
  const child = start(waybill, args, { env: { WAYBILL_FACILITATOR_KEY: privateKey(accounts.waybillGas) } });
  const [, url] = await printed(child, /(http:\/\/127\.0\.0\.1:\d+)/);
  return url;
}

const post = body => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** The text of a stream of chat completion chunks, which must be closed by [DONE]. */
function streamed(text) {
  const events = text.split("\n").filter(line => line.startsWith("data:")).map(line => line.slice(5).trim());
  expect(events.pop(), "[DONE]");
  return events.map(event => JSON.parse(event).choices[0]?.delta?.content ?? "").join("");
}

function expect(actual, wanted) {
  if (actual !== wanted) throw new Error(`expected ${wanted}, got ${actual}`);
}

async function check(chain, pairing, what, body) {
  const began = performance.now();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${CHECK_MILLIS} ms`)), CHECK_MILLIS);
  });
  let error;
  await Promise.race([body(), late]).catch(thrown => (error = thrown));
  clearTimeout(timer);
  const millis = Math.round(performance.now() - began);
  results.push({ chain, pairing, what, millis, error });
  console.error(`${error ? "FAILED" : "passed"}  ${chain}: ${pairing}: ${what} (${millis} ms)${error ? `\n        ${error.message}` : ""}`);
}

function report() {
  const rows = results.map(({ chain, pairing, what, millis, error }) => [error ? "FAILED" : "passed", chain, pairing, what, `${millis} ms`]);
  rows.unshift(["result", "chain", "pairing", "payment", "time"]);
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  console.log(rows.map(row => row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()).join("\n"));
  const failed = results.filter(({ error }) => error).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  return failed;
}

function fatal(error) {
  console.error(error.stack);
  results.push({ chain: "-", pairing: "the run itself", what: error.message.split("\n")[0], millis: 0, error });
  finish();
}

function finish() {
  endAll();
  rmSync(scratch, { recursive: true, force: true });
  process.exit(report() === 0 ? 0 : 1);
}

process.on("unhandledRejection", fatal);
main().then(finish, fatal);
