// Compiles the Solidity sources to runtime (or, for tests, creation) code as hex files beside the Java classes.
// With --check it writes nothing, and fails when a file differs from what the sources give.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const module = join(dirname(fileURLToPath(import.meta.url)), "..");
const check = process.argv.includes("--check");

const sets = [
  { sources: "src/main/solidity", output: "src/main/resources/waybill/devnet", code: "deployedBytecode", inlined: ["Signatures", "PaymentProxy"] },
  { sources: "src/test/solidity", output: "src/test/resources/waybill/devnet", code: "bytecode", inlined: [] },
];

let different = 0;
for (const { sources, output, code, inlined } of sets) {
  const folder = join(module, sources);
  const files = readdirSync(folder).filter((name) => name.endsWith(".sol")).sort();
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(files.map((name) => [name, { content: readFileSync(join(folder, name), "utf8") }])),
    settings: {
      evmVersion: "cancun",
      optimizer: { enabled: true, runs: 200 },
      // Without the metadata hash the code depends on nothing but the sources and the compiler.
      metadata: { bytecodeHash: "none", appendCBOR: false },
      outputSelection: { "*": { "*": ["evm.bytecode.object", "evm.deployedBytecode.object"] } },
    },
  };
  const compiled = JSON.parse(solc.compile(JSON.stringify(input)));
  // A warning about the chain's own contracts is a failure too; the tests' contracts do odd things on purpose.
  const problems = (compiled.errors ?? []).filter((found) => found.severity === "error" || inlined.length > 0);
  if (problems.length > 0) {
    console.error(problems.map((problem) => problem.formattedMessage).join("\n"));
    process.exit(1);
  }
  for (const name of files) {
    const contract = name.replace(/\.sol$/, "");
    if (inlined.includes(contract)) continue; // part of the contracts that use it
    const hex = compiled.contracts[name][contract].evm[code].object + "\n";
    const target = join(module, output, contract + ".hex");
    if (!check) {
      writeFileSync(target, hex);
      console.log(`${contract}: ${(hex.length - 1) / 2} bytes`);
      continue;
    }
    let kept = "";
    try {
      kept = readFileSync(target, "utf8");
    } catch {
      // reported below as different
    }
    if (kept !== hex) {
      console.error(`${output}/${contract}.hex is not what ${sources}/${name} compiles to. Run: npm run compile`);
      different++;
    }
  }
}
if (check && different === 0) console.log(`The compiled contracts match their sources (solc ${solc.version()}).`);
process.exit(different === 0 ? 0 : 1);
