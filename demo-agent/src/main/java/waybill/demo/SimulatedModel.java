package waybill.demo;

import java.time.Duration;
import java.util.List;

/**
 * One scripted model that the demo sells to itself: its price, pace and skill are made up, and its name says so.
 *
 * @param price of a call in USDC, as decimal text
 * @param quality the made-up share of prompts that it answers well
 * @param jsonSchema whether it follows a JSON schema
 * @param terse whether it says only the first thing that there is to say
 * @param fails whether its provider is down
 */
record SimulatedModel(
        String id, String price, double quality, boolean jsonSchema, boolean terse, boolean fails, Duration latency) {

    /** Cheap, middling, down, good, and dearer than the wallet's limit. */
    static final List<SimulatedModel> ALL = List.of(
            new SimulatedModel("sim-swift", "0.0004", 0.62, false, true, false, Duration.ofMillis(40)),
            new SimulatedModel("sim-steady", "0.001", 0.80, true, false, false, Duration.ofMillis(90)),
            new SimulatedModel("sim-stormy", "0.004", 0.90, true, false, true, Duration.ofMillis(20)),
            new SimulatedModel("sim-sage", "0.006", 0.90, true, false, false, Duration.ofMillis(180)),
            new SimulatedModel("sim-oracle", "0.05", 0.97, true, false, false, Duration.ofMillis(250)));
}
