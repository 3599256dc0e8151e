// Waybill against the reference x402 packages: every buyer > every seller > every facilitator, checked by what moved on the chain.
// Usage: node run.mjs [--reference | --verdicts | --extensions]
// --reference: the reference packages among themselves only, without Waybill; --verdicts: only what the facilitators are asked;
// --extensions: only what is carried beside the money
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { concat, parseAbi } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { NETWORK, PERMIT2, USDC, USDT, WALLET_FACTORY, accounts, balanceOf, callToken, clients, privateKey, startAnvil } from "./chain.mjs";
import { payAndVerify, payNamed, signIn, startSellerWithExtensions, writeReceiptKey } from "./extensions.mjs";
import { asked, prepare } from "./payments.mjs";
import { buyer, buyerV1, startFacilitator, startModel, startSeller, startSellerV1 } from "./peers.mjs";
import { compare } from "./verdicts.mjs";
import { endAll, printed, run, start } from "./processes.mjs";

const waybill = join(dirname(dirname(fileURLToPath(import.meta.url))), "waybill");
const scratch = mkdtempSync(join(tmpdir(), "waybill-interop-"));
const referenceOnly = process.argv.includes("--reference");
const verdictsOnly = process.argv.includes("--verdicts");
const extensionsOnly = process.argv.includes("--extensions");
const results = [];

const LIMIT_MILLIS = 20 * 60_000; // of the whole run, after the build
const CHECK_MILLIS = 2 * 60_000; // long, for a machine that builds at the same time
const EXIT_REFUSED = 3;

async function main() {
  if (!referenceOnly) {
    console.error("Building ./waybill ...");
    const built = await run(waybill, ["--version"], { millis: 30 * 60_000 });
    if (built.code !== 0) throw new Error(`./waybill does not start:\n${built.stdout}${built.stderr}`);
  }
  setTimeout(() => fatal(new Error(`the run did not end within ${LIMIT_MILLIS / 1000} s`)), LIMIT_MILLIS).unref();

  await everyPairing("anvil", await startAnvil(), referenceOnly ? [REFERENCE] : [REFERENCE, WAYBILL]);
  if (!referenceOnly) await everyPairing("devnet", await startDevnet(), [WAYBILL]);
}

const REFERENCE = "reference";
const WAYBILL = "waybill";
const ALL = 2n ** 256n - 1n;

// What is bought: the payment, its token and route, what must move, and whether Permit2 is approved before.
const PAYMENTS = [
  ["EIP-3009", USDC, "/eip3009", 10_000n],
  ["POST with a body", USDC, "/echo", 2_000n],
  ["Permit2, USDC", USDC, "/permit2", 10_000n, ALL],
  ["Permit2, USDT", USDT, "/usdt", 10_000n, ALL],
  ["upto, nothing used", USDC, "/upto?use=0", 0n, ALL],
  ["upto, a part used", USDC, "/upto?use=1234", 1_234n, ALL],
  ["upto, all used", USDC, "/upto?use=50000", 50_000n, ALL],
  ["Permit2 + EIP-2612", USDC, "/permit2", 10_000n, 0n],
  ["Permit2 + sponsored approval", USDT, "/usdt", 10_000n, 0n],
];

/** Every buyer with every seller and every facilitator of `whose`, on one chain. */
async function everyPairing(chain, rpc, whose) {
  const facilitators = Object.fromEntries(await Promise.all(whose.map(async who => [who, await facilitatorOf(who, rpc)])));
  if (verdictsOnly) return refusedEverywhere(chain, rpc, facilitators);
  if (extensionsOnly) return withExtensions(chain, rpc, facilitators);
  const buyers = Object.fromEntries(whose.map(who => [who, buyerOf(who, rpc)]));
  for (const selling of whose) {
    for (const settling of whose) {
      const seller = await sellerOf(selling, rpc, facilitators[settling]);
      for (const buying of whose) {
        const pairing = `${buying} > ${selling} > ${settling}`;
        const payments = selling === REFERENCE ? [...PAYMENTS, ['price "$0.01"', USDC, "/cent", 10_000n]] : PAYMENTS;
        for (const [what, token, route, units, allowance] of payments) {
          await check(chain, pairing, what, async () => {
            if (allowance !== undefined) await approve(rpc, token, allowance);
            const answer = await moves(rpc, units, () => buyers[buying](`${seller.url}${route}`, route === "/echo"), token);
            const { sold, heard } = JSON.parse(answer.text);
            expect(sold, route.split("?")[0]);
            if (route === "/echo") expect(heard, JSON.stringify({ word: "hello" }));
          });
        }
      }
      if (selling === REFERENCE && settling === REFERENCE) await oddOffers(chain, rpc, seller, buyers);
    }
  }
  if (whose.includes(WAYBILL)) {
    await version1(chain, rpc, whose, facilitators, buyers);
    await refusedEverywhere(chain, rpc, facilitators);
    await copiesElsewhere(chain, rpc, facilitators[WAYBILL]);
    await ofOurSeller(chain, rpc, facilitators[WAYBILL]);
    await withExtensions(chain, rpc, facilitators);
    await throughTheGateway(chain, rpc);
  }
}

async function facilitatorOf(who, rpc) {
  if (who === REFERENCE) return startFacilitator(rpc);
  const args = ["facilitator", "--port", "0", "--rpc", rpc, "--token", `USDT=${USDT}`, "--wallet-factory", WALLET_FACTORY];
  const child = start(waybill, args, { env: { WAYBILL_FACILITATOR_KEY: privateKey(accounts.waybillGas) } });
  return (await printed(child, /Listening on (http\S+)/))[1];
}

async function sellerOf(who, rpc, facilitator, more = []) {
  if (who === REFERENCE) return startSeller(facilitator);
  const args = ["seller", "--port", "0", "--rpc", rpc, "--pay-to", accounts.payTo.address, "--facilitator", facilitator, "--token", `USDT=${USDT}`, ...more];
  return { url: (await printed(start(waybill, args), /Listening on (http\S+)/))[1] };
}

function buyerOf(who, rpc) {
  if (who === REFERENCE) {
    const pay = buyer(rpc, accounts.buyer);
    return (url, posts) => served(pay(url, posts ? post({ word: "hello" }) : {}));
  }
  const posted = ["-X", "POST", "-H", "Content-Type: application/json", "-d", JSON.stringify({ word: "hello" })];
  return (url, posts) => cli(rpc, ["pay", "--json", ...(posts ? posted : []), url]);
}

/** Sets what Permit2 may take of the buyer's token; by way of zero, as USDT wants it. */
async function approve(rpc, token, allowance) {
  await callToken(rpc, token, accounts.buyer, "approve", PERMIT2, 0n);
  if (allowance > 0n) await callToken(rpc, token, accounts.buyer, "approve", PERMIT2, allowance);
}

/** Offers that are equal, too dear, or of a token that nobody lists. */
async function oddOffers(chain, rpc, seller, buyers) {
  for (const [who, pay] of Object.entries(buyers)) {
    await check(chain, `${who} > reference > reference`, "two equal offers are paid once", () => moves(rpc, 10_000n, () => pay(`${seller.url}/twins`)));
  }
  if (!buyers[WAYBILL]) return;
  const refused = (what, reason, args, key) =>
    check(chain, "waybill > reference > reference", what, async () => {
      const before = seller.served;
      const text = await moves(rpc, 0n, () => refusal(rpc, args, key));
      if (!reason.test(text)) throw new Error(`the refusal should say ${reason}, it says: ${text}`);
      expect(seller.served, before);
    });
  await refused("a price above --max is not paid", /0\.009/, ["--max", "0.009", `${seller.url}/eip3009`]);
  await refused("a token that is not listed is not paid", new RegExp(accounts.usdcOwner.address, "i"), [`${seller.url}/strange`]);
  await refused("nothing is paid without funds", /insufficient_funds/, [`${seller.url}/eip3009`], generatePrivateKey());
}

/** The packages of version 1 on either side of ours. */
async function version1(chain, rpc, whose, facilitators, buyers) {
  for (const [settling, facilitator] of Object.entries(facilitators)) {
    const seller = await sellerOf(WAYBILL, rpc, facilitator);
    await check(chain, `version 1 > waybill > ${settling}`, "EIP-3009", () => moves(rpc, 10_000n, () => served(buyerV1(rpc, accounts.buyer)(`${seller.url}/eip3009`))));
    const url = await startSellerV1(facilitator);
    await check(chain, `waybill > version 1 > ${settling}`, 'price "$0.01"', () => moves(rpc, 10_000n, () => buyers[WAYBILL](`${url}/eip3009`)));
  }
}

/** What facilitators say to payments that are right and wrong: all the same, and no unit moves by a refusal. */
async function refusedEverywhere(chain, rpc, facilitators) {
  const stage = await prepare(rpc, { delegate });
  for (const row of asked()) {
    await check(chain, `facilitator: ${Object.keys(facilitators).join(" = ")}`, row.what, () => compare(rpc, row, facilitators, stage, said));
  }
}

const said = new Map();

/** Lets an account run the code at `to`: by its own transaction on anvil, by the node's word on our devnet, which knows no such transactions. */
async function delegate(rpc, account, to) {
  const { reader, writer } = clients(rpc, accounts.usdcOwner);
  const client = await reader.request({ method: "web3_clientVersion" }).catch(() => "");
  if (/anvil/i.test(client)) {
    const authorizationList = [await account.signAuthorization({ contractAddress: to, chainId: 84532, nonce: 0 })];
    await reader.waitForTransactionReceipt({ hash: await writer.sendTransaction({ to: accounts.payTo.address, authorizationList }) });
  } else await reader.request({ method: "anvil_setCode", params: [account.address, concat(["0xef0100", to])] });
  expect((await reader.getCode({ address: account.address })).toLowerCase(), concat(["0xef0100", to]).toLowerCase());
}

/** A seller that serves whatever settles, as the reference does, gives one payment out once. */
async function copiesElsewhere(chain, rpc, facilitator) {
  const seller = await startSeller(facilitator);
  await check(chain, "reference > reference > waybill", "five copies of one payment at once: one is served", async () => {
    const { copies } = await moves(rpc, 10_000n, async () => served(buyer(rpc, accounts.buyer, { copies: 5 })(`${seller.url}/eip3009`)));
    expect(copies.filter(({ ok }) => ok).length, 1);
  });
}

/** What our seller says when it does not sell. */
async function ofOurSeller(chain, rpc, facilitator) {
  const seller = await sellerOf(WAYBILL, rpc, facilitator);
  const copied = "five copies of one payment at once: one is settled, none is billed again";
  await check(chain, "reference > waybill > waybill", copied, async () => {
    const unbilled = copy => {
      if (![200, 409].includes(copy.status)) throw new Error(`a copy was answered with ${copy.status}`);
      expect(copy.headers.get("PAYMENT-REQUIRED"), null);
    };
    const five = buyer(rpc, accounts.buyer, { copies: 5 });
    const { payment, copies } = await moves(rpc, 10_000n, async () => served(five(`${seller.url}/eip3009`)));
    expect(copies.length, 5);
    copies.forEach(unbilled);
    const later = () => fetch(`${seller.url}/eip3009`, { headers: { "PAYMENT-SIGNATURE": payment } });
    await moves(rpc, 0n, async () => (await Promise.all(Array.from({ length: 5 }, later))).forEach(unbilled));
  });
  await check(chain, "reference > waybill > waybill", "without an approval: 412", async () => {
    await approve(rpc, USDC, 0n);
    const answer = await moves(rpc, 0n, () => buyer(null, accounts.buyer)(`${seller.url}/permit2`));
    expect(answer.status, 412);
  });
}

/** What is carried beside the money, with the reference package on the other side. */
async function withExtensions(chain, rpc, facilitators) {
  const ours = await sellerOf(WAYBILL, rpc, facilitators[WAYBILL], ["--receipt-key", writeReceiptKey(join(scratch, `receipts-${chain}.pem`))]);
  const toOurs = (what, body) => check(chain, "reference > waybill > waybill", what, body);
  await toOurs("payment-identifier: one payment a name", async () => {
    const id = `pay_${"0".repeat(20)}${chain}`;
    const first = await moves(rpc, 10_000n, () => served(payNamed(`${ours.url}/eip3009`, id)));
    const kept = await moves(rpc, 0n, () => fetch(`${ours.url}/eip3009`, { headers: { "PAYMENT-SIGNATURE": first.payment } }));
    expect(kept.status, 200);
    const other = await moves(rpc, 0n, () => payNamed(`${ours.url}/eip3009`, id));
    expect(other.status, 409);
    expect(JSON.parse(other.text).error, "payment_identifier_conflict");
  });
  await toOurs("sign-in-with-x: comes back unpaid", async () => {
    expect((await moves(rpc, 0n, () => signIn(`${ours.url}/report`))).status, 402);
    await moves(rpc, 10_000n, () => served(buyer(rpc, accounts.buyer)(`${ours.url}/report`)));
    const again = await moves(rpc, 0n, () => signIn(`${ours.url}/report`));
    expect(again.status, 200);
    expect(JSON.parse(again.text).sold, "/report");
  });
  await toOurs("offer-receipt: offer and receipt hold", () => moves(rpc, 10_000n, () => served(payAndVerify(`${ours.url}/eip3009`))));

  const pairs = [[REFERENCE, REFERENCE], [REFERENCE, WAYBILL], [WAYBILL, WAYBILL]];
  for (const [selling, settling] of pairs.filter(pair => pair.every(who => facilitators[who]))) {
    const seller = selling === WAYBILL ? ours : await startSellerWithExtensions(facilitators[settling]);
    const from = (what, body) => check(chain, `waybill > ${selling} > ${settling}`, what, body);
    const again = `${seller.url}${selling === WAYBILL ? "/report" : "/again"}`;
    await from("sign-in-with-x: comes back unpaid", async () => {
      const env = walletOf(rpc, privateKey(accounts.buyer));
      const first = await moves(rpc, 10_000n, () => cli(rpc, ["pay", "--json", again], env));
      const second = await moves(rpc, 0n, () => answered(["pay", "--json", again], env));
      expect(second.signedIn, first.paymentId);
      expect(second.paymentId, undefined);
      expect(JSON.parse(second.body).sold, new URL(again).pathname);
    });
    const byPayee = new RegExp(`^BY_PAYEE ${accounts.payTo.address}$`);
    const receipts = selling === WAYBILL ? [["/eip3009", /^BY_OFFERER did:jwk:/]] : [["/by-account", byPayee], ["/by-key", /^BY_OFFERER did:jwk:/]];
    for (const [route, finding] of receipts) {
      await from(`offer-receipt: ${route}`, async () => {
        const { receipt } = await moves(rpc, 10_000n, () => cli(rpc, ["pay", "--json", `${seller.url}${route}`]));
        if (!finding.test(receipt)) throw new Error(`the receipt should be ${finding}, it is ${receipt}`);
      });
    }
    if (selling === WAYBILL) continue;
    await from("payment-identifier: sent where it is asked for", async () => {
      const { text } = await moves(rpc, 10_000n, () => cli(rpc, ["pay", "--json", `${seller.url}/named`]));
      if (!/^pay_[0-9a-f]{32}$/.test(JSON.parse(text).id)) throw new Error(`the seller read no name: ${text}`);
    });
  }
}

async function throughTheGateway(chain, rpc) {
  const pay = buyer(rpc, accounts.buyer);
  const ours = args => cli(rpc, ["pay", "--json", ...args]);
  const paid = (pairing, what, units, call) => check(chain, pairing, what, () => moves(rpc, units, call));
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
    const poor = buyer(rpc, privateKeyToAccount(generatePrivateKey()));
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
async function moves(rpc, units, call, token = USDC) {
  const balances = () => Promise.all([balanceOf(rpc, token, accounts.buyer), balanceOf(rpc, token, accounts.payTo)]);
  const [buyerBefore, sellerBefore] = await balances();
  const answer = await call();
  const [buyerAfter, sellerAfter] = await balances();
  if (buyerBefore - buyerAfter !== units || sellerAfter - sellerBefore !== units) {
    throw new Error(`${units} units should move; the buyer paid ${buyerBefore - buyerAfter}, the seller got ${sellerAfter - sellerBefore}`);
  }
  if (units > 0n) await transferred(rpc, token, answer.settlement, units);
  return answer;
}

async function transferred(rpc, token, settlement, units) {
  expect(settlement?.success, true);
  expect(settlement.network, NETWORK);
  const { reader } = clients(rpc);
  const { blockNumber } = await reader.getTransactionReceipt({ hash: settlement.transaction });
  const [event] = parseAbi(["event Transfer(address indexed from, address indexed to, uint256 value)"]);
  const logs = await reader.getLogs({ address: token, event, fromBlock: blockNumber, toBlock: blockNumber });
  const found = logs.some(({ transactionHash, args }) =>
    transactionHash === settlement.transaction && args.from === accounts.buyer.address && args.to === accounts.payTo.address && args.value === units);
  if (!found) throw new Error(`transaction ${settlement.transaction} holds no Transfer of ${units} units from the buyer to the seller`);
}

/** A paid answer, which must be a success. */
async function served(answer) {
  const { status, text, settlement, ...more } = await answer;
  if (status !== 200) throw new Error(`answered ${status}: ${text.slice(0, 400)} ${JSON.stringify(settlement)}`);
  return { text, settlement, ...more };
}

/** `./waybill pay --json`, which must succeed: its body and settlement. */
async function cli(rpc, args, env = walletOf(rpc, privateKey(accounts.buyer))) {
  const { body, settlement, paymentId, receipt } = await answered(args, env);
  if (!paymentId) throw new Error(`./waybill ${args.join(" ")} named no payment`);
  return { text: body, settlement, paymentId, receipt };
}

/** What `./waybill pay --json` printed, which must have been served, for money or without. */
async function answered(args, env) {
  const { code, stdout, stderr } = await run(waybill, args, { env, millis: CHECK_MILLIS });
  if (code !== 0) throw new Error(`./waybill ${args.join(" ")} ended with ${code}: ${stdout}${stderr}`);
  const answer = JSON.parse(stdout);
  expect(answer.status, 200);
  return answer;
}

/** `./waybill pay`, which must be refused: what it said. */
async function refusal(rpc, args, key = privateKey(accounts.buyer)) {
  const { code, stdout, stderr } = await run(waybill, ["pay", ...args], { env: walletOf(rpc, key), millis: CHECK_MILLIS });
  if (code !== EXIT_REFUSED) throw new Error(`./waybill pay ended with ${code}: ${stdout}${stderr}`);
  return stderr;
}

let wallets = 0;
function walletOf(rpc, key) {
  const home = join(scratch, `wallet-${wallets++}`);
  mkdirSync(home);
  writeFileSync(
    join(home, "wallet.yaml"),
    `waybill:\n  wallet:\n    sponsored-approvals: true\n    assets:\n      - { symbol: USDT, network: "${NETWORK}", address: "${USDT}", decimals: 6, method: permit2 }\n`,
  );
  return { WAYBILL_HOME: home, WAYBILL_PRIVATE_KEY: key, WAYBILL_RPC_URL: rpc };
}

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
  const answered = await Promise.race([body(), late]).catch(thrown => (error = thrown));
  clearTimeout(timer);
  const millis = Math.round(performance.now() - began);
  if (typeof answered === "string") what += `: ${answered}`;
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
