package waybill.demo;

import dev.langchain4j.model.output.structured.Description;
import java.util.List;

/** A model's rating of the risk, asked for by schema. */
record RiskRating(
        @Description("the overall risk of holding ether over the next hours") Level level,
        @Description("two or three short reasons that quote computed figures") List<String> drivers,
        @Description("the one figure to watch next") String watch) {
    /** How much risk. */
    enum Level {
        LOW,
        MODERATE,
        HIGH
    }
}
