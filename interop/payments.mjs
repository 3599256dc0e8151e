// Payments made by hand, right and wrong, for asking a facilitator without a seller.
import { concat, encodeAbiParameters, encodeFunctionData, parseAbi } from "viem";
import { generatePrivateKey, privateKeyToAccount, signTypedData } from "viem/accounts";
import {
  EXACT_PROXY, NETWORK, PERMIT2, SELF_SIGNER, UPTO_PROXY, USDC, USDT, WALLET_FACTORY,
  accounts, callToken, clients,
} from "./chain.mjs";

/** What a payment here is for, in atomic units. */
export const PRICE = "100";

const ALL = 2n ** 256n - 1n;
const CHAIN_ID = 84532;
const CURVE = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const ERC6492 = `0x${"6492".repeat(16)}`;
const usdcDomain = { name: "USDC", version: "2", chainId: CHAIN_ID, verifyingContract: USDC };
const permit2Domain = { name: "Permit2", chainId: CHAIN_ID, verifyingContract: PERMIT2 };
const fields = text => text.split(",").map(field => ({ type: field.split(" ")[0], name: field.split(" ")[1] }));
const transferTypes = {
  TransferWithAuthorization: fields("address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce"),
};
const permit2Types = witness => ({
  PermitWitnessTransferFrom: fields("TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,Witness witness"),
  TokenPermissions: fields("address token,uint256 amount"),
  Witness: fields(witness),
});
const exactTypes = permit2Types("address to,uint256 validAfter");
const uptoTypes = permit2Types("address to,address facilitator,uint256 validAfter");

const requirements = {
  scheme: "exact",
  network: NETWORK,
  amount: PRICE,
  asset: USDC,
  payTo: accounts.payTo.address,
  maxTimeoutSeconds: 3600,
  extra: { name: "USDC", version: "2" },
};
const byPermit2 = { ...requirements, extra: { ...requirements.extra, assetTransferMethod: "permit2" } };
const upto = facilitatorAddress => ({ ...byPermit2, scheme: "upto", extra: { ...byPermit2.extra, facilitatorAddress } });

const seconds = () => Math.floor(Date.now() / 1000);
const word = number => `0x${number.toString(16).padStart(64, "0")}`;
let nonces = 0;

/** An EIP-3009 payment; `change` bends the authorisation before it is signed, `bend` the signature. */
export async function payment({ from = accounts.buyer, change = {}, signer = from, accepted = requirements, domain = usdcDomain, bend = same => same } = {}) {
  const authorization = {
    from: from.address,
    to: requirements.payTo,
    value: requirements.amount,
    validAfter: "0",
    validBefore: String(seconds() + 3600),
    nonce: word(++nonces),
    ...change,
  };
  const signature = await signer.signTypedData({ domain, types: transferTypes, primaryType: "TransferWithAuthorization", message: authorization });
  return { x402Version: 2, accepted, payload: { signature: bend(signature), authorization } };
}

/** A payment through Permit2; under `upto` when there is a `facilitator` to settle it. */
async function permit2Payment({ from = accounts.buyer, change = {}, witness = {}, signer = from, facilitator, accepted } = {}) {
  const authorization = {
    from: from.address,
    permitted: { token: USDC, amount: PRICE },
    spender: facilitator ? UPTO_PROXY : EXACT_PROXY,
    nonce: String(BigInt(seconds()) * 1_000_000n + BigInt(++nonces)),
    deadline: String(seconds() + 3600),
    witness: { to: requirements.payTo, ...(facilitator ? { facilitator } : {}), validAfter: "0", ...witness },
    ...change,
  };
  const { from: owner, ...message } = authorization;
  const types = facilitator ? uptoTypes : exactTypes;
  const signature = await signer.signTypedData({ domain: permit2Domain, types, primaryType: "PermitWitnessTransferFrom", message });
  return { x402Version: 2, accepted: accepted ?? (facilitator ? upto(facilitator) : byPermit2), payload: { signature, permit2Authorization: authorization } };
}

/** What a facilitator is asked about a payment with, as text. */
export const body = (paymentPayload, paymentRequirements = requirements) => JSON.stringify({ x402Version: 2, paymentPayload, paymentRequirements });

/** What a facilitator says to it. */
export async function ask(facilitator, path, paid, required) {
  const response = await fetch(`${facilitator}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: body(paid, required),
  });
  return response.json();
}

/** The word that a facilitator has for what it was asked: "valid", "settled", or the code of its refusal. */
export async function verdict(facilitator, path, paid, required) {
  const answer = await ask(facilitator, path, paid, required);
  if (answer.isValid) return "valid";
  if (answer.success) return "settled";
  const code = answer.invalidReason ?? answer.errorReason;
  return code ? code.split(":")[0] : `no verdict: ${String(answer.error).split(":")[0]}`; // behind a colon: what a node said
}

/** The account by which a facilitator settles. */
async function settlerOf(facilitator) {
  const { signers } = await (await fetch(`${facilitator}/supported`)).json();
  return (signers[NETWORK] ?? signers["eip155:*"])[0];
}

/** What is made ready on a chain for the payments below. */
export async function prepare(rpc, { delegate }) {
  const { reader, writer } = clients(rpc, accounts.usdcOwner);
  const poor = privateKeyToAccount(generatePrivateKey());
  const penniless = privateKeyToAccount(generatePrivateKey());
  const factory = parseAbi(["function walletOf(address, bytes32) view returns (address)", "function deploy(address, bytes32) returns (address)"]);
  const owner = accounts.walletOwner;
  const walletOf = salt => reader.readContract({ address: WALLET_FACTORY, abi: factory, functionName: "walletOf", args: [owner.address, salt] });
  const mined = async hash => reader.waitForTransactionReceipt({ hash: await hash });
  const wallet = async (salt, deployed) => {
    const address = await walletOf(salt);
    await callToken(rpc, USDC, accounts.buyer, "transfer", address, 10_000n);
    const deployment = encodeFunctionData({ abi: factory, functionName: "deploy", args: [owner.address, salt] });
    if (deployed) await mined(writer.sendTransaction({ to: WALLET_FACTORY, data: deployment, gas: 1_000_000n }));
    return { address, deployment };
  };
  const delegated = async to => {
    const account = privateKeyToAccount(generatePrivateKey());
    await delegate(rpc, account, to);
    await callToken(rpc, USDC, accounts.buyer, "transfer", account.address, 10_000n);
    return account;
  };
  await callToken(rpc, USDC, accounts.buyer, "approve", PERMIT2, ALL);
  await callToken(rpc, USDC, accounts.buyer, "transfer", poor.address, 10_000n);
  return { rpc, poor, penniless, owner, wallet, selfSigner: await delegated(SELF_SIGNER), mute: await delegated(USDT), deployed: await wallet(word(1), true) };
}

/** Moves the money of an EIP-3009 payment as anybody may. */
async function submitted(rpc, paid) {
  const { reader, writer } = clients(rpc, accounts.usdcOwner);
  const abi = parseAbi(["function transferWithAuthorization(address, address, uint256, uint256, uint256, bytes32, bytes)"]);
  const { authorization: a, signature } = paid.payload;
  const args = [a.from, a.to, BigInt(a.value), BigInt(a.validAfter), BigInt(a.validBefore), a.nonce, signature];
  await reader.waitForTransactionReceipt({ hash: await writer.writeContract({ address: USDC, abi, functionName: "transferWithAuthorization", args }) });
  return paid;
}

/** Takes the nonce of a Permit2 payment out of use, as its payer may. */
async function withdrawn(rpc, paid) {
  const { reader, writer } = clients(rpc, accounts.buyer);
  const nonce = BigInt(paid.payload.permit2Authorization.nonce);
  const abi = parseAbi(["function invalidateUnorderedNonces(uint256, uint256)"]);
  await reader.waitForTransactionReceipt({
    hash: await writer.writeContract({ address: PERMIT2, abi, functionName: "invalidateUnorderedNonces", args: [nonce >> 8n, 1n << (nonce & 255n)] }),
  });
  return paid;
}

const highS = signature => {
  const v = signature.endsWith("1b") ? "1c" : "1b";
  return signature.slice(0, 66) + (CURVE - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, "0") + v;
};
const wrapped = (deployment, factory) => signature =>
  concat([encodeAbiParameters([{ type: "address" }, { type: "bytes" }, { type: "bytes" }], [factory, deployment, signature]), ERC6492]);

/**
 * What facilitators are asked. Each has a name, and `make` gives a fresh payment and what it is checked against for the facilitator that
 * settles by `settler`. Where ours answers in another word than the reference, `differs` has both words and why,
 * by path; "settled" there means that the money moves. `paths` are those that are asked; a `good` one is no refusal.
 */
export function asked() {
  const now = seconds();
  const paysSomebody = { to: accounts.facilitator.address };
  const strangeName = { ...requirements, extra: { name: "USD Coin", version: "2" } };
  const otherToken = asset => ({ ...requirements, asset });
  const good = { paths: ["/verify"], good: true };
  const text = "the reference puts what the node said behind a code for all; ours names the cause";
  const rows = [
    ["a good payment", async () => [await payment(), requirements], good],
    ["wrong amount", async () => [await payment({ change: { value: "99" } }), requirements]],
    ["another amount required", async () => [await payment(), { ...requirements, amount: "101" }]],
    ["wrong payee", async () => [await payment({ change: paysSomebody }), requirements]],
    ["expired", async () => [await payment({ change: { validBefore: String(now - 1) } }), requirements]],
    ["about to expire", async () => [await payment({ change: { validBefore: String(seconds() + 3) } }), requirements]],
    ["not yet valid", async () => [await payment({ change: { validAfter: String(now + 3600) } }), requirements]],
    ["another's signature", async ({ poor }) => [await payment({ signer: poor }), requirements]],
    ["a signature for another chain", async () => [await payment({ domain: { ...usdcDomain, chainId: 8453 } }), requirements]],
    ["a signature of 64 bytes", async () => [await payment({ bend: signature => signature.slice(0, 130) }), requirements]],
    ["a signature of 66 bytes", async () => [await payment({ bend: signature => `${signature}00` }), requirements]],
    ["a signature in its other form", async () => [await payment({ bend: highS }), requirements], {
      differs: { "/verify": ["invalid_exact_evm_transaction_simulation_failed", "invalid_exact_evm_signature", "ours takes one form only, as the token does, and asks no node"] },
    }],
    ["an expired payment of somebody else's signature", async ({ poor }) => [await payment({ signer: poor, change: { validBefore: String(now - 1) } }), requirements]],
    ["no balance", async ({ penniless }) => [await payment({ from: penniless }), requirements]],
    ["used before", async ({ rpc }) => [await submitted(rpc, await payment()), requirements]],
    ["another asset than was signed", async () => [await payment({ accepted: otherToken(accounts.usdcOwner.address) }), otherToken(accounts.usdcOwner.address)]],
    ["an asset that is no contract", async () => {
      const required = otherToken(accounts.usdcOwner.address);
      return [await payment({ accepted: required, domain: { ...usdcDomain, verifyingContract: required.asset } }), required];
    }],
    ["an asset that is not in our table", async () => {
      const required = otherToken(WALLET_FACTORY);
      return [await payment({ accepted: required, domain: { ...usdcDomain, verifyingContract: required.asset } }), required];
    }, {
      differs: {
        "/verify": ["invalid_exact_evm_eip3009_not_supported", "invalid_payment_requirements", "ours calls no contract that its operator has not listed"],
        "/settle": ["invalid_exact_evm_transaction_failed", "invalid_payment_requirements", "the same"],
      },
    }],
    ["another network accepted", async () => [await payment({ accepted: { ...requirements, network: "eip155:8453" } }), requirements]],
    ["a network that is not served", async () => {
      const required = { ...requirements, network: "eip155:8453" };
      return [await payment({ accepted: required }), required];
    }, {
      differs: both("no verdict: No facilitator registered for scheme", "invalid_exact_evm_network_mismatch", "the reference fails with status 500; ours refuses"),
    }],
    ["another scheme accepted", async () => [await payment({ accepted: { ...requirements, scheme: "upto" } }), requirements]],
    ["a scheme that nobody knows", async () => {
      const required = { ...requirements, scheme: "somehow" };
      return [await payment({ accepted: required }), required];
    }, {
      differs: both("no verdict: No facilitator registered for scheme", "unsupported_scheme", "the reference fails with status 500; ours refuses"),
    }],
    ["no domain in the offer", async () => [await payment(), { ...requirements, extra: {} }]],
    ["another name in the offer", async () => [await payment(), strangeName]],
    ["another name in the offer, signed", async () => [await payment({ domain: { ...usdcDomain, name: "USD Coin" } }), strangeName]],

    ["Permit2: a good payment", async () => [await permit2Payment(), byPermit2], good],
    ["Permit2: wrong amount", async () => [await permit2Payment({ change: { permitted: { token: USDC, amount: "99" } } }), byPermit2]],
    ["Permit2: wrong token", async () => [await permit2Payment({ change: { permitted: { token: USDT, amount: PRICE } } }), byPermit2]],
    ["Permit2: wrong spender", async () => [await permit2Payment({ change: { spender: UPTO_PROXY } }), byPermit2]],
    ["Permit2: wrong payee", async () => [await permit2Payment({ witness: paysSomebody }), byPermit2]],
    ["Permit2: expired", async () => [await permit2Payment({ change: { deadline: String(now - 1) } }), byPermit2]],
    ["Permit2: not yet valid", async () => [await permit2Payment({ witness: { validAfter: String(now + 3600) } }), byPermit2]],
    ["Permit2: another's signature", async ({ poor }) => [await permit2Payment({ signer: poor }), byPermit2]],
    ["Permit2: another scheme accepted", async () => [await permit2Payment({ accepted: { ...byPermit2, scheme: "upto" } }), byPermit2]],
    ["Permit2: another network accepted", async () => [await permit2Payment({ accepted: { ...byPermit2, network: "eip155:8453" } }), byPermit2]],
    ["Permit2: no allowance", async ({ poor }) => [await permit2Payment({ from: poor }), byPermit2], {
      differs: { "/settle": ["invalid_exact_evm_transaction_failed", "permit2_allowance_required", text] },
    }],
    ["Permit2: no balance", async ({ penniless }) => [await permit2Payment({ from: penniless }), byPermit2], {
      differs: { "/settle": ["invalid_exact_evm_transaction_failed", "permit2_insufficient_balance", text] },
    }],
    ["Permit2: taken back", async ({ rpc }) => [await withdrawn(rpc, await permit2Payment()), byPermit2], {
      differs: { "/settle": ["invalid_exact_evm_transaction_failed", "permit2_invalid_nonce", text] },
    }],
    ["a payment by EIP-3009 where Permit2 is asked for", async () => [await payment({ accepted: byPermit2 }), byPermit2], {
      differs: { "/verify": ["valid", "unsupported_payload_type", "ours takes what the offer names"], "/settle": ["settled", "unsupported_payload_type", "the same"] },
    }],

    ["upto: a good payment", async ({ settler }) => [await permit2Payment({ facilitator: settler }), upto(settler)], good],
    ["upto: another ceiling required", async ({ settler }) => [await permit2Payment({ facilitator: settler }), { ...upto(settler), amount: "99" }], { paths: ["/verify"] }],
    ["upto: more used than signed", async ({ settler }) => [await permit2Payment({ facilitator: settler }), { ...upto(settler), amount: "101" }], { paths: ["/settle"] }],
    ["upto: another facilitator", async ({ settler, poor }) => [await permit2Payment({ facilitator: poor.address }), upto(settler)]],
    ["upto: wrong payee", async ({ settler }) => [await permit2Payment({ facilitator: settler, witness: paysSomebody }), upto(settler)]],
    ["upto: expired", async ({ settler }) => [await permit2Payment({ facilitator: settler, change: { deadline: String(now - 1) } }), upto(settler)]],
    ["upto: another's signature", async ({ settler, poor }) => [await permit2Payment({ facilitator: settler, signer: poor }), upto(settler)]],
    ["upto: another scheme accepted", async ({ settler }) => [await permit2Payment({ facilitator: settler, accepted: byPermit2 }), upto(settler)]],
    ["upto: no allowance", async ({ settler, poor }) => [await permit2Payment({ from: poor, facilitator: settler }), upto(settler)]],
    ["upto: no balance", async ({ settler, penniless }) => [await permit2Payment({ from: penniless, facilitator: settler }), upto(settler)]],
    ["upto: taken back", async ({ rpc, settler }) => [await withdrawn(rpc, await permit2Payment({ facilitator: settler })), upto(settler)], {
      differs: { "/settle": ["permit2_simulation_failed", "permit2_invalid_nonce", "a seller that asks again must know this from a failure that may pass"] },
    }],
    ["upto: the payload of exact", async ({ settler }) => [await permit2Payment({ accepted: upto(settler) }), upto(settler)]],

    ["a contract's signature (ERC-1271)", async ({ deployed, owner }) => [await payment({ from: deployed, signer: owner }), requirements], good],
    ["a contract: another's signature", async ({ deployed, poor }) => [await payment({ from: deployed, signer: poor }), requirements]],
    ["an account that delegates (EIP-7702)", async ({ selfSigner }) => [await payment({ from: selfSigner }), requirements], good],
    ["an account that delegates: another's signature", async ({ selfSigner, poor }) => [await payment({ from: selfSigner, signer: poor }), requirements]],
    ["an account that delegates to code that does not sign", async ({ mute }) => [await payment({ from: mute }), requirements]],
    ["a wallet not deployed, by a factory that is allowed (ERC-6492)", async ({ wallet, owner }) => {
      const there = await wallet(word(BigInt(2 + ++nonces)), false);
      return [await payment({ from: there, signer: owner, bend: wrapped(there.deployment, WALLET_FACTORY) }), requirements];
    }, { good: true }],
    ["a wallet not deployed: another's signature", async ({ wallet, poor }) => {
      const there = await wallet(word(BigInt(2 + ++nonces)), false);
      return [await payment({ from: there, signer: poor, bend: wrapped(there.deployment, WALLET_FACTORY) }), requirements];
    }],
    ["a wallet not deployed, by another factory", async ({ wallet, owner }) => {
      const there = await wallet(word(BigInt(2 + ++nonces)), false);
      return [await payment({ from: there, signer: owner, bend: wrapped(there.deployment, PERMIT2) }), requirements];
    }],
  ];
  return rows.map(([what, make, { paths = ["/verify", "/settle"], differs = {}, good = false } = {}]) => ({
    what,
    paths,
    good,
    differs,
    make: async (stage, facilitator) => make({ ...stage, settler: await settlerOf(facilitator) }),
  }));
}

function both(reference, ours, why) {
  return { "/verify": [reference, ours, why], "/settle": [reference, ours, "the same"] };
}
