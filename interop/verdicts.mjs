// What facilitators say to the same payments, right and wrong, and whether the money stays where it is.
import { accounts, balanceOf, USDC } from "./chain.mjs";
import { PRICE, verdict } from "./payments.mjs";

const GOOD = ["valid", "settled"];

/**
 * Asks every facilitator of `facilitators` one row of `asked()` and demands that money moves only where one says "settled", that ours
 * refuses what is wrong, and that it says what the reference says, or what the row says that it says instead. `known` remembers the
 * reference's words for a chain where it is not run. Returns what was said, as text.
 */
export async function compare(rpc, row, facilitators, stage, known) {
  const texts = [];
  for (const path of row.paths) {
    const said = {};
    for (const [who, url] of Object.entries(facilitators)) {
      const [paid, required] = await row.make({ ...stage, rpc }, url);
      const before = await balanceOf(rpc, USDC, accounts.payTo);
      said[who] = await verdict(url, path, paid, required);
      const moved = (await balanceOf(rpc, USDC, accounts.payTo)) - before;
      const due = said[who] === "settled" ? BigInt(PRICE) : 0n;
      if (moved !== due) throw new Error(`${who} said ${said[who]} to ${path}, and ${moved} units moved`);
    }
    const key = `${row.what} ${path}`;
    if (said.reference) known.set(key, said.reference);
    const reference = known.get(key);
    const [theirs, ours] = row.differs[path] ?? [reference, reference];
    const wrong = (who, word, wanted) => new Error(`${path}: ${who} says "${word}", and not "${wanted}"`);
    if (said.reference && said.reference !== theirs) throw wrong("the reference", said.reference, theirs);
    if (said.waybill !== undefined) {
      if (said.waybill !== ours) throw wrong("ours", said.waybill, ours);
      if (GOOD.includes(said.waybill) !== row.good) throw wrong("ours", said.waybill, row.good ? "a yes" : "a refusal");
    }
    texts.push(theirs === ours ? ours : `${ours} [differs]`);
  }
  return [...new Set(texts)].join(", ");
}
