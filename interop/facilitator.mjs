// The reference facilitator as a process of its own, so that nobody shares its event loop.
// Usage: node facilitator.mjs RPC        (its nonces are counted, for many callers at once)
import { startFacilitator } from "./peers.mjs";

console.log(`Listening on ${await startFacilitator(process.argv[2], { counted: true })}`);
