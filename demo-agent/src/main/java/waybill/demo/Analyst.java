package waybill.demo;

import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;

/** The writer behind the commentary: an AI service whose model is routed and paid for. */
interface Analyst {
    /** What holds for every part. */
    String RULES =
            """
            You comment on computed figures for a reader who knows markets. Look figures up with the tools; quote them \
            exactly as the tools print them, with their unit, and never round, add, convert or invent one. \
            Plain sentences, no headings, no advice to buy or sell.""";

    @UserMessage("Headline: one short sentence on where ether stands. Look up the market facts first.")
    String headline();

    @UserMessage("Market section: summarize price, returns, volatility and drawdown of the window in three sentences.")
    String market();

    @UserMessage(
            """
            Pool section: summarize reserves, depth and what selling costs, in four sentences. \
            Have a sale of 10 ether quoted, and compare it with the smallest and the largest quoted sale.""")
    String pool();

    @UserMessage(
            """
            Strategy section: compare doing nothing, providing liquidity and following the trend. Evaluate each against \
            doing nothing as the baseline, explain why it won or lost over the window, state what would prove it wrong, \
            and say how the risk budget limits the size. One bullet for each play, then one sentence to conclude.""")
    String plays();

    @UserMessage(
            """
            Risk section: explain what one hour can cost. Compare the historical with the normal value at risk and the \
            tail means, evaluate whether the normal model is consistent with the history, analyze how pool depth limits \
            leaving in a hurry, and end with a verdict.""")
    String risk();

    @UserMessage("Rating: rate the risk of holding ether over the next hours from these computed figures.\n{{facts}}")
    RiskRating rating(@V("facts") String facts);
}
