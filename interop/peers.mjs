// The reference packages in their three roles, and a chat model for our gateway to sell.
import { x402Facilitator } from "@x402/core/facilitator";
import { HTTPFacilitatorClient } from "@x402/core/server";
import { toFacilitatorEvmSigner } from "@x402/evm";
import { ExactEvmScheme as ExactBuyer } from "@x402/evm/exact/client";
import { ExactEvmScheme as ExactFacilitator } from "@x402/evm/exact/facilitator";
import { ExactEvmScheme as ExactSeller } from "@x402/evm/exact/server";
import { paymentMiddleware, x402ResourceServer } from "@x402/express";
import { decodePaymentResponseHeader, wrapFetchWithPayment, x402Client } from "@x402/fetch";
import express from "express";
import { publicActions } from "viem";
import { NETWORK, USDC, accounts, clients } from "./chain.mjs";
import { listen } from "./processes.mjs";

/** The reference facilitator, settling on the chain at `rpc`; returns its URL. */
export function startFacilitator(rpc) {
  const account = accounts.facilitator;
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
  const facilitator = new x402Facilitator().register(NETWORK, new ExactFacilitator(signer));
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
 * The reference seller. `GET /weather` costs 0.01 USDC, `GET /cent` "$0.01", `POST /echo` 0.002 USDC, and `GET /strange` is
 * payable only in a token that nobody lists. `seller.served` counts the answers that were paid for.
 */
export async function startSeller(facilitator) {
  const payTo = accounts.payTo.address;
  const usdc = { asset: USDC, extra: { name: "USDC", version: "2" } };
  const strange = { asset: accounts.usdcOwner.address, extra: { name: "USDC", version: "2" } };
  const price = price => ({ accepts: [{ scheme: "exact", network: NETWORK, payTo, price }] });
  const server = new x402ResourceServer(new HTTPFacilitatorClient({ url: facilitator })).register(NETWORK, new ExactSeller());
  const seller = { served: 0 };
  const serve = body => (request, response) => {
    seller.served++;
    response.json(body(request));
  };
  const app = express();
  app.use(
    paymentMiddleware(
      {
        "GET /weather": price({ amount: "10000", ...usdc }),
        "GET /cent": price("$0.01"),
        "POST /echo": price({ amount: "2000", ...usdc }),
        "GET /strange": price({ amount: "10000", ...strange }),
      },
      server,
    ),
  );
  app.use(express.json());
  app.get(["/weather", "/cent", "/strange"], serve(() => ({ weather: "clear" })));
  app.post("/echo", serve(request => ({ heard: request.body })));
  seller.url = await listen(app);
  return seller;
}

/**
 * The reference buyer: `fetch`, with its own spend controls as they ship. The answer carries `settlement`, decoded, and
 * `payment`, the header that it paid with.
 */
export function buyer(account) {
  let payment = null;
  const watched = (input, init) => {
    const request = new Request(input, init);
    payment = request.headers.get("PAYMENT-SIGNATURE") ?? payment;
    return fetch(request);
  };
  const paying = wrapFetchWithPayment(watched, new x402Client().register(NETWORK, new ExactBuyer(account)));
  return async (url, options = {}) => {
    const response = await paying(url, { signal: AbortSignal.timeout(30_000), ...options });
    const header = response.headers.get("PAYMENT-RESPONSE");
    const settlement = header && decodePaymentResponseHeader(header);
    return { status: response.status, text: await response.text(), settlement, payment };
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
