// Typed-data digests and signatures of 1,000 random payloads per scheme, made by viem and the reference packages.
// The payloads are derived from their names by SHA-256, so the Java tests make the same ones without a file of inputs.
//   node vectors.mjs FILE            writes the file
//   node vectors.mjs --check FILE    fails when the file is not what these packages make
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createSIWxMessage } from "@x402/extensions/sign-in-with-x";
import { authorizationTypes, permit2WitnessTypes, uptoPermit2WitnessTypes } from "@x402/evm";
import { encodeFunctionData, getAddress, hashMessage, hashTypedData, keccak256, serializeTransaction } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const PAYLOADS = 1000;
const PER_LINE = 10;
const KEYS = 8;

const sha = (text) => createHash("sha256").update(text).digest("hex");

/** The fields of one payload: each a function of the payload's name and its own. */
const source = (name) => {
  const hash = (field) => sha(`${name}/${field}`);
  return {
    bytes32: (field) => `0x${hash(field)}`,
    address: (field) => getAddress(`0x${hash(field).slice(24)}`),
    uint256: (field) => BigInt(`0x${hash(field)}`) >> BigInt(parseInt(hash(`${field}/shift`).slice(0, 2), 16)),
    uint40: (field) => BigInt(`0x${hash(field).slice(0, 10)}`),
    text: (field) => `${field} ₮ ${hash(field).slice(0, 2 + parseInt(hash(`${field}/length`).slice(0, 1), 16))}`,
    word: (field) => hash(field).slice(0, 24),
  };
};

const permit2 = {
  name: "Permit2",
  verifyingContract: "0x000000000022D473030F116dDEE9F6B43aC78BA3",
};
const approve = [{
  type: "function", name: "approve", stateMutability: "nonpayable", outputs: [{ type: "bool" }],
  inputs: [{ name: "spender", type: "address" }, { name: "amount", type: "uint256" }],
}];
const cancel = { CancelAuthorization: [{ name: "authorizer", type: "address" }, { name: "nonce", type: "bytes32" }] };
const fields = (text) => text.split(",").map((field) => {
  const [type, name] = field.split(" ");
  return { name, type };
});
const permitTypes = { Permit: fields("address owner,address spender,uint256 value,uint256 nonce,uint256 deadline") };
const offer = { Offer: fields("uint256 version,string resourceUrl,string scheme,string network,string asset,string payTo,string amount,uint256 validUntil") };
const receipt = { Receipt: fields("uint256 version,string network,string resourceUrl,string payer,uint256 issuedAt,string transaction") };

const token = (s) => ({
  name: s.text("name"), version: s.word("version"), chainId: s.uint40("chain") + 1n, verifyingContract: s.address("token"),
});

const typed = async (account, data) => hashTypedData(data).slice(2) + (await account.signTypedData(data)).slice(2);

const schemes = {
  "eip3009": (account, s) => typed(account, {
    domain: token(s), types: authorizationTypes, primaryType: "TransferWithAuthorization",
    message: {
      from: account.address, to: s.address("to"), value: s.uint256("value"), validAfter: s.uint256("validAfter"),
      validBefore: s.uint256("validBefore"), nonce: s.bytes32("nonce"),
    },
  }),
  "cancel": (account, s) => typed(account, {
    domain: token(s), types: cancel, primaryType: "CancelAuthorization",
    message: { authorizer: account.address, nonce: s.bytes32("nonce") },
  }),
  "permit2-exact": (account, s) => typed(account, {
    domain: { ...permit2, chainId: s.uint40("chain") + 1n }, types: permit2WitnessTypes,
    primaryType: "PermitWitnessTransferFrom",
    message: {
      permitted: { token: s.address("token"), amount: s.uint256("amount") },
      spender: "0x402085c248EeA27D92E8b30b2C58ed07f9E20001", nonce: s.uint256("nonce"), deadline: s.uint256("deadline"),
      witness: { to: s.address("to"), validAfter: s.uint256("validAfter") },
    },
  }),
  "permit2-upto": (account, s) => typed(account, {
    domain: { ...permit2, chainId: s.uint40("chain") + 1n }, types: uptoPermit2WitnessTypes,
    primaryType: "PermitWitnessTransferFrom",
    message: {
      permitted: { token: s.address("token"), amount: s.uint256("amount") },
      spender: "0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002", nonce: s.uint256("nonce"), deadline: s.uint256("deadline"),
      witness: { to: s.address("to"), facilitator: s.address("facilitator"), validAfter: s.uint256("validAfter") },
    },
  }),
  "permit": (account, s) => typed(account, {
    domain: token(s), types: permitTypes, primaryType: "Permit",
    message: {
      owner: account.address, spender: s.address("spender"), value: s.uint256("value"), nonce: s.uint256("nonce"),
      deadline: s.uint256("deadline"),
    },
  }),
  "approval": async (account, s) => {
    const transaction = {
      type: "eip1559", chainId: Number(s.uint40("chain") + 1n), nonce: Number(s.uint40("nonce")),
      gas: s.uint40("gas"), maxPriorityFeePerGas: s.uint40("priority"),
      maxFeePerGas: s.uint40("fee") + s.uint40("priority"), to: s.address("token"),
      data: encodeFunctionData({ abi: approve, functionName: "approve", args: [s.address("spender"), s.uint256("amount")] }),
    };
    return keccak256(serializeTransaction(transaction)).slice(2) + (await account.signTransaction(transaction)).slice(2);
  },
  "sign-in": async (account, s) => {
    const optional = (field, value) => (parseInt(s.word(`${field}/there`).slice(0, 1), 16) < 8 ? { [field]: value } : {});
    const time = (field) => new Date(Number(s.uint40(field))).toISOString();
    const url = (field) => `https://${s.word("domain")}.example/${s.word(field)}`;
    const message = createSIWxMessage({
      domain: `${s.word("domain")}.example`, uri: url("uri"), version: "1", chainId: `eip155:${s.uint40("chain") + 1n}`,
      type: "eip191", nonce: s.word("nonce"), issuedAt: time("issuedAt"),
      ...optional("statement", `Read ${s.word("statement")}, please.`), ...optional("expirationTime", time("expirationTime")),
      ...optional("notBefore", time("notBefore")), ...optional("requestId", s.word("requestId")),
      ...optional("resources", [url("one"), url("two")]),
    }, account.address);
    return hashMessage(message).slice(2) + (await account.signMessage({ message })).slice(2);
  },
  "offer": (account, s) => typed(account, {
    domain: { name: "x402 offer", version: "1", chainId: 1 }, types: offer, primaryType: "Offer",
    message: {
      version: 1n, resourceUrl: s.text("resourceUrl"), scheme: s.text("scheme"), network: s.text("network"),
      asset: s.text("asset"), payTo: s.text("payTo"), amount: s.text("amount"), validUntil: s.uint256("validUntil"),
    },
  }),
  "receipt": (account, s) => typed(account, {
    domain: { name: "x402 receipt", version: "1", chainId: 1 }, types: receipt, primaryType: "Receipt",
    message: {
      version: 1n, network: s.text("network"), resourceUrl: s.text("resourceUrl"), payer: s.text("payer"),
      issuedAt: s.uint256("issuedAt"), transaction: s.text("transaction"),
    },
  }),
};

const lines = [`# node vectors.mjs: SHA-256 of the digests and signatures (or raw transactions) of ${PER_LINE} payloads a line`];
for (const [scheme, make] of Object.entries(schemes)) {
  for (let first = 0; first < PAYLOADS; first += PER_LINE) {
    let made = "";
    for (let i = first; i < first + PER_LINE; i++) {
      const s = source(`${scheme}/${i}`);
      made += await make(privateKeyToAccount(source(`${i % KEYS}`).bytes32("key")), s);
    }
    lines.push(`${scheme} ${first} ${sha(made)}`);
  }
}
const text = `${lines.join("\n")}\n`;
if (process.argv[2] === "--check") {
  if (readFileSync(process.argv[3], "utf8") !== text) {
    throw new Error(`${process.argv[3]} is not what viem and the reference packages make`);
  }
  console.log(`${process.argv[3]}: ${PAYLOADS} payloads of each of ${Object.keys(schemes).length} kinds, as viem makes them`);
} else {
  writeFileSync(process.argv[2], text);
}
