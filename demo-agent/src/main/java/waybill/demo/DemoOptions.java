package waybill.demo;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the demo is started with.
 *
 * @param report the folder that gets the report
 * @param models a YAML file that names real models; absent to run on simulated ones
 * @param colour whether the output is a terminal that wants colours
 * @param environment where keys named in the models file are looked up
 */
public record DemoOptions(Path report, @Nullable Path models, boolean colour, Map<String, String> environment) {

    /** Copies the environment. */
    public DemoOptions {
        environment = Map.copyOf(environment);
    }

    /** The defaults: simulated models, a report in {@code waybill-report}, no colours, the process's environment. */
    public static DemoOptions defaults() {
        return new DemoOptions(Path.of("waybill-report"), null, false, System.getenv());
    }

    /** The same with another report folder. */
    public DemoOptions withReport(Path folder) {
        return new DemoOptions(folder, models, colour, environment);
    }

    /** The same on the models of this file. */
    public DemoOptions withModels(Path file) {
        return new DemoOptions(report, file, colour, environment);
    }

    /** The same with colours or without. */
    public DemoOptions withColour(boolean wanted) {
        return new DemoOptions(report, models, wanted, environment);
    }

    /** The same with keys looked up here. */
    public DemoOptions withEnvironment(Map<String, String> variables) {
        return new DemoOptions(report, models, colour, variables);
    }

    /** Without the environment, which holds keys. */
    @Override
    public String toString() {
        return "DemoOptions[report=" + report + ", models=" + models + ", colour=" + colour + "]";
    }
}
