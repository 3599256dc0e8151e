// Payments made by hand, right and wrong, for asking a facilitator without a seller.
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { NETWORK, USDC, accounts } from "./chain.mjs";

/** What a payment here is for, in atomic units. */
export const PRICE = "100";

const domain = { name: "USDC", version: "2", chainId: 84532, verifyingContract: USDC };
const types = {
  TransferWithAuthorization: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "validAfter", type: "uint256" },
    { name: "validBefore", type: "uint256" },
    { name: "nonce", type: "bytes32" },
  ],
};
const requirements = {
  scheme: "exact",
  network: NETWORK,
  amount: PRICE,
  asset: USDC,
  payTo: accounts.payTo.address,
  maxTimeoutSeconds: 3600,
  extra: { name: "USDC", version: "2" },
};
let nonces = 0;

/** An EIP-3009 payment; `change` bends the authorisation before it is signed. */
export async function payment({ from = accounts.buyer, change = {}, signer = from, accepted = requirements } = {}) {
  const authorization = {
    from: from.address,
    to: requirements.payTo,
    value: requirements.amount,
    validAfter: "0",
    validBefore: String(Math.floor(Date.now() / 1000) + 3600),
    nonce: `0x${(++nonces).toString(16).padStart(64, "0")}`,
    ...change,
  };
  const signature = await signer.signTypedData({ domain, types, primaryType: "TransferWithAuthorization", message: authorization });
  return { x402Version: 2, accepted, payload: { signature, authorization } };
}

/** What a facilitator says to it. */
export async function ask(facilitator, path, paymentPayload, paymentRequirements = requirements) {
  const response = await fetch(`${facilitator}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ x402Version: 2, paymentPayload, paymentRequirements }),
  });
  return response.json();
}

/** A good payment first, then what must be refused: name, payment, what it is checked against. */
export async function refusals() {
  const poor = privateKeyToAccount(generatePrivateKey());
  const now = Math.floor(Date.now() / 1000);
  const used = await payment();
  const other = { ...requirements, asset: accounts.usdcOwner.address };
  const ordinary = await payment();
  return [
    ["a good payment", ordinary, requirements],
    ["wrong amount", await payment({ change: { value: "99" } }), requirements],
    ["another amount required", await payment(), { ...requirements, amount: "101" }],
    ["wrong payee", await payment({ change: { to: accounts.facilitator.address } }), requirements],
    ["expired", await payment({ change: { validBefore: String(now - 1) } }), requirements],
    ["about to expire", await payment({ change: { validBefore: String(now + 3) } }), requirements],
    ["not yet valid", await payment({ change: { validAfter: String(now + 600) } }), requirements],
    ["another's signature", await payment({ signer: poor }), requirements],
    ["no balance", await payment({ from: poor }), requirements],
    ["used before", used, requirements],
    ["unknown asset", await payment({ accepted: other }), other],
    ["another network", await payment({ accepted: { ...requirements, network: "eip155:8453" } }), requirements],
    ["another scheme accepted", await payment({ accepted: { ...requirements, scheme: "upto" } }), requirements],
    ["no domain in the offer", await payment(), { ...requirements, extra: {} }],
    ["another name in the offer", await payment(), { ...requirements, extra: { name: "USD Coin", version: "2" } }],
  ];
}
