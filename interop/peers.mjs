// The reference packages in their three roles, and a chat model for our gateway to sell.
import { x402Facilitator } from "@x402/core/facilitator";
import { HTTPFacilitatorClient } from "@x402/core/server";
import { toClientEvmSigner, toFacilitatorEvmSigner } from "@x402/evm";
import { ExactEvmScheme as ExactBuyer } from "@x402/evm/exact/client";
import { ExactEvmScheme as ExactFacilitator } from "@x402/evm/exact/facilitator";
import { ExactEvmScheme as ExactSeller } from "@x402/evm/exact/server";
import { ExactEvmSchemeV1 as ExactFacilitatorV1 } from "@x402/evm/exact/v1/facilitator";
import { UptoEvmScheme as UptoBuyer } from "@x402/evm/upto/client";
import { UptoEvmScheme as UptoFacilitator } from "@x402/evm/upto/facilitator";
import { UptoEvmScheme as UptoSeller } from "@x402/evm/upto/server";
import { paymentMiddleware, setSettlementOverrides, x402ResourceServer } from "@x402/express";
import {
  EIP2612_GAS_SPONSORING,
  createErc20ApprovalGasSponsoringExtension,
  declareEip2612GasSponsoringExtension,
  declareErc20ApprovalGasSponsoringExtension,
} from "@x402/extensions";
import { decodePaymentResponseHeader, wrapFetchWithPayment, x402Client } from "@x402/fetch";
import express from "express";
import { nonceManager, parseTransaction, publicActions, recoverTransactionAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { paymentMiddleware as paymentMiddlewareV1 } from "x402-express";
import { decodeXPaymentResponse, wrapFetchWithPayment as wrapFetchWithPaymentV1 } from "x402-fetch";
import { NETWORK, USDC, USDT, WALLET_FACTORY, accounts, clients, privateKey } from "./chain.mjs";
import { listen } from "./processes.mjs";

/**
 * The reference facilitator, settling on the chain at `rpc`; returns its URL. With `counted` nonces it takes them from viem's nonce manager,
 * for many callers at once; without, from the node, as by default. The manager loses count when a settlement fails before it is sent.
 */
export function startFacilitator(rpc, { counted = false } = {}) {
  const account = counted ? privateKeyToAccount(privateKey(accounts.facilitator), { nonceManager }) : accounts.facilitator;
  const chain = clients(rpc, account).writer.extend(publicActions);
  const signer = toFacilitatorEvmSigner({
    address: account.address,
    getCode: query => chain.getCode(query),
    readContract: query => chain.readContract({ ...query, args: query.args ?? [] }),
    verifyTypedData: query => chain.verifyTypedData(query),
    writeContract: query => chain.writeContract({ ...query, args: query.args ?? [] }),
    sendTransaction: query => chain.sendTransaction(query),
    waitForTransactionReceipt: query => chain.waitForTransactionReceipt(query),
  });
  // The reference leaves it to the operator how an approval and a settlement are sent: here one after the other.
  const sendTransactions = async transactions => {
    const hashes = [];
    for (const transaction of transactions) {
      if (typeof transaction === "string") {
        const { from, gas, maxFeePerGas } = { ...parseTransaction(transaction), from: await recoverTransactionAddress({ serializedTransaction: transaction }) };
        await chain.waitForTransactionReceipt({ hash: await chain.sendTransaction({ to: from, value: gas * maxFeePerGas }) });
        hashes.push(await chain.sendRawTransaction({ serializedTransaction: transaction }));
        await chain.waitForTransactionReceipt({ hash: hashes.at(-1) });
      } else hashes.push(await chain.sendTransaction(transaction));
    }
    return hashes;
  };
  const facilitator = new x402Facilitator()
    .register(NETWORK, new ExactFacilitator(signer, { eip6492AllowedFactories: [WALLET_FACTORY] }))
    .register(NETWORK, new UptoFacilitator(signer))
    .registerV1("base-sepolia", new ExactFacilitatorV1(signer))
    .registerExtension(EIP2612_GAS_SPONSORING)
    .registerExtension(createErc20ApprovalGasSponsoringExtension({ ...signer, sendTransactions }));
  const answer = step => async (request, response) => {
    try {
      response.json(await facilitator[step](request.body.paymentPayload, request.body.paymentRequirements));
    } catch (error) {
      response.status(500).json({ error: error.message });
    }
  };
  const app = express().use(express.json({ limit: "1mb" }));
  app.post("/verify", answer("verify"));
  app.post("/settle", answer("settle"));
  app.get("/supported", (_, response) => response.json(facilitator.getSupported()));
  return listen(app);
}

/**
 * The reference seller. `GET /eip3009` costs 0.01 USDC, `GET /cent` "$0.01", `POST /echo` 0.002 USDC; `GET /permit2` and
 * `GET /usdt` are paid through Permit2, `GET /upto?use=UNITS` by use of at most 0.05 USDC, `GET /twins` by
 * two equal offers, and `GET /strange` only in a token that nobody lists. `seller.served` counts the answers.
 */
export async function startSeller(facilitator) {
  const payTo = accounts.payTo.address;
  const usdc = { asset: USDC, extra: { name: "USDC", version: "2" } };
  const strange = { asset: accounts.usdcOwner.address, extra: { name: "USDC", version: "2" } };
  const permit2 = { assetTransferMethod: "permit2" };
  const price = (price, more = {}) => ({ accepts: [{ scheme: "exact", network: NETWORK, payTo, price }], ...more });
  const sponsored = { extensions: { ...declareEip2612GasSponsoringExtension(), ...declareErc20ApprovalGasSponsoringExtension() } };
  const server = new x402ResourceServer(new HTTPFacilitatorClient({ url: facilitator }))
    .register(NETWORK, new ExactSeller())
    .register(NETWORK, new UptoSeller());
  const seller = { served: 0 };
  const serve = body => (request, response) => {
    seller.served++;
    response.json(body(request));
  };
  const app = express();
  app.use(
    paymentMiddleware(
      {
        "GET /eip3009": price({ amount: "10000", ...usdc }),
        "GET /cent": price("$0.01"),
        "POST /echo": price({ amount: "2000", ...usdc }),
        "GET /permit2": price({ amount: "10000", asset: USDC, extra: { ...usdc.extra, ...permit2 } }, sponsored),
        "GET /usdt": price({ amount: "10000", asset: USDT, extra: permit2 }, sponsored),
        "GET /upto": { accepts: [{ scheme: "upto", network: NETWORK, payTo, price: { amount: "50000", ...usdc } }], ...sponsored },
        "GET /twins": { accepts: [...price({ amount: "10000", ...usdc }).accepts, ...price({ amount: "10000", ...usdc }).accepts] },
        "GET /strange": price({ amount: "10000", ...strange }),
      },
      server,
    ),
  );
  app.use(express.json());
  app.get(["/eip3009", "/cent", "/permit2", "/usdt", "/twins", "/strange"], serve(({ path }) => ({ sold: path })));
  app.get("/upto", (request, response) => {
    setSettlementOverrides(response, { amount: request.query.use ?? "0" });
    serve(({ path }) => ({ sold: path }))(request, response);
  });
  app.post("/echo", serve(request => ({ sold: "/echo", heard: JSON.stringify(request.body) })));
  seller.url = await listen(app);
  return seller;
}

/** The reference seller of version 1: `GET /eip3009` for "$0.01". */
export async function startSellerV1(facilitator) {
  const app = express();
  app.use(paymentMiddlewareV1(accounts.payTo.address, { "GET /eip3009": { price: "$0.01", network: "base-sepolia" } }, { url: facilitator }));
  app.get("/eip3009", (_, response) => response.json({ sold: "/eip3009" }));
  return listen(app);
}

/** The reference buyer of version 1. */
export function buyerV1(rpc, account) {
  const paying = wrapFetchWithPaymentV1(fetch, clients(rpc, account).writer);
  return async url => {
    const response = await paying(url, { signal: AbortSignal.timeout(100_000) });
    const header = response.headers.get("X-PAYMENT-RESPONSE");
    return { status: response.status, text: await response.text(), settlement: header && { ...decodeXPaymentResponse(header), network: NETWORK } };
  };
}

/**
 * The reference buyer: `fetch`, for any token; without `rpc` it brings no approvals along. The answer carries `settlement`, decoded,
 * `payment`, the header that it paid with, and `copies`, how each of the `copies` that were sent of the paid request at once was answered.
 */
export function buyer(rpc, account, { copies = 1 } = {}) {
  let payment = null;
  let answers = [];
  const watched = async (input, init) => {
    const request = new Request(input, init);
    const header = request.headers.get("PAYMENT-SIGNATURE");
    if (!header) return fetch(request);
    payment = header;
    answers = await Promise.all(Array.from({ length: copies }, () => fetch(request.clone())));
    return answers.find(({ ok }) => ok) ?? answers[0];
  };
  const signer = rpc ? toClientEvmSigner(account, clients(rpc).reader) : account;
  const options = rpc ? { rpcUrl: rpc } : {};
  const paying = wrapFetchWithPayment(
    watched,
    new x402Client().register(NETWORK, new ExactBuyer(signer, options)).register(NETWORK, new UptoBuyer(signer, options)).setSpendControls(false),
  );
  return async (url, options = {}) => {
    const response = await paying(url, { signal: AbortSignal.timeout(100_000), ...options });
    const header = response.headers.get("PAYMENT-RESPONSE");
    const settlement = header && decodePaymentResponseHeader(header);
    return { status: response.status, text: await response.text(), settlement, payment, copies: answers };
  };
}

/**
 * An OpenAI-compatible chat model, plain and streamed, that always gives the same answer at `model.baseUrl`; `model.asked`
 * counts the questions.
 */
export async function startModel() {
  const model = { asked: 0 };
  const words = ["Paid", " and", " answered."];
  const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
  const app = express().use(express.json());
  app.post("/v1/chat/completions", (request, response) => {
    model.asked++;
    const head = { id: "chatcmpl-1", created: 1, model: request.body.model };
    if (!request.body.stream) {
      const message = { role: "assistant", content: words.join("") };
      return response.json({ ...head, object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }], usage });
    }
    response.type("text/event-stream");
    const send = (delta, finish_reason = null, more = {}) => {
      const event = { ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }], ...more };
      response.write(`data: ${JSON.stringify(event)}\n\n`);
    };
    send({ role: "assistant", content: "" });
    for (const content of words) send({ content });
    send({}, "stop", { usage });
    response.end("data: [DONE]\n\n");
  });
  model.baseUrl = `${await listen(app)}/v1`;
  return model;
}
