package waybill.demo;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;
import waybill.routing.Price;
import waybill.routing.Profile;

/**
 * A YAML file (JSON is YAML too) that names the models to route over, and the wallet that pays those who are paid by x402.
 *
 * @param models at least one
 * @param wallet absent when no model is paid by x402
 */
record ModelsFile(List<Model> models, @Nullable WalletEntry wallet) {
    private static final int MAX_BYTES = 256 * 1024;
    private static final Set<String> MODEL_FIELDS = Set.of(
            "id",
            "base-url",
            "upstream-model",
            "api-key-env",
            "pay",
            "cost-per-call",
            "cost-input-per-million",
            "cost-output-per-million",
            "context-tokens",
            "output-tokens",
            "tools",
            "json-schema",
            "quality",
            "quality-source",
            "quality-date",
            "first-token-millis",
            "tokens-per-second",
            "timeout-seconds");
    private static final Set<String> WALLET_FIELDS =
            Set.of("key-env", "keystore", "passphrase-env", "rpc", "ledger", "per-payment", "per-day", "mainnet");

    /**
     * One model.
     *
     * @param baseUrl where it is, with its {@code /v1}
     * @param apiKey the key itself, looked up; empty without one
     * @param paid whether it is paid by x402
     * @param profile its price is unknown when the seller is to be asked
     */
    record Model(
            String id,
            URI baseUrl,
            String upstreamModel,
            String apiKey,
            boolean paid,
            Duration timeout,
            Profile profile) {
        @Override
        public String toString() {
            return "Model[" + id + " at " + baseUrl + "]";
        }
    }

    /**
     * The wallet that pays.
     *
     * @param key a development key; empty when there is a keystore
     * @param keystore a V3 keystore; absent when there is a key
     * @param passphrase of the keystore
     * @param ledger the file of its ledger
     */
    record WalletEntry(
            String key,
            @Nullable Path keystore,
            String passphrase,
            URI rpc,
            Path ledger,
            BigDecimal perPayment,
            BigDecimal perDay,
            boolean mainnet) {
        @Override
        public String toString() {
            return "WalletEntry[" + ledger + "]";
        }
    }

    ModelsFile {
        models = List.copyOf(models);
    }

    /** Reads and checks a file. */
    static ModelsFile read(Path file, Map<String, String> environment) {
        String text;
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new InvalidModelsFileException(file, List.of("it is larger than " + MAX_BYTES + " bytes"));
            }
            text = Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new InvalidModelsFileException(file, List.of("it cannot be read: " + e));
        }
        List<String> problems = new ArrayList<>();
        Fields root = new Fields("", map(parse(file, text)), problems, environment);
        root.refuseOthers(Set.of("models", "wallet"));
        List<Model> models = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (Fields each : root.list("models")) {
            Model model = model(each);
            models.add(model);
            if (!ids.add(model.id())) {
                each.problem("id", "is '" + model.id() + "' twice; ids are unique");
            }
        }
        if (models.isEmpty()) {
            root.problem("models", "is missing or empty: name at least one model with id and base-url");
        }
        boolean paid = models.stream().anyMatch(Model::paid);
        WalletEntry wallet = root.child("wallet").map(ModelsFile::wallet).orElse(null);
        if (paid && wallet == null) {
            root.problem("wallet", "is missing: a model with 'pay: x402' needs one, with key-env or keystore, and rpc");
        }
        if (!problems.isEmpty()) {
            throw new InvalidModelsFileException(file, problems);
        }
        return new ModelsFile(models, wallet);
    }

    private static Model model(Fields fields) {
        fields.refuseOthers(MODEL_FIELDS);
        String id = fields.required("id", "how plans and the report call it");
        URI baseUrl = fields.url("base-url", "the endpoint's address with its /v1, such as https://api.example.com/v1");
        String pay = fields.text("pay", "");
        if (!pay.isEmpty() && !pay.equals("x402")) {
            fields.problem("pay", "is '" + pay + "'; the one value is x402");
        }
        String keyName = fields.text("api-key-env", "");
        String key = keyName.isEmpty() ? "" : fields.secret("api-key-env", keyName);
        return new Model(
                id,
                baseUrl,
                fields.text("upstream-model", id),
                key,
                pay.equals("x402"),
                Duration.ofSeconds(fields.whole("timeout-seconds", 120, 1, 840)),
                profile(fields));
    }

    private static Profile profile(Fields fields) {
        Profile profile = Profile.of(price(fields))
                .withContext(fields.whole("context-tokens", 0, 1, Integer.MAX_VALUE))
                .withOutputLimit(fields.whole("output-tokens", 0, 1, Integer.MAX_VALUE))
                .withTools(fields.flag("tools", true))
                .withJsonSchema(fields.flag("json-schema", false));
        BigDecimal quality = fields.decimal("quality");
        if (quality != null) {
            String source = fields.required("quality-source", "an accuracy carries its source");
            LocalDate date = fields.date("quality-date", "an accuracy carries its date, such as 2026-10-01");
            if (quality.signum() <= 0 || quality.compareTo(BigDecimal.ONE) >= 0) {
                fields.problem("quality", "is " + quality + "; it is a share between 0 and 1");
            } else if (date != null && !source.isBlank()) {
                profile = profile.withQuality(quality.doubleValue(), source, date);
            }
        }
        int first = fields.whole("first-token-millis", -1, 0, 600_000);
        int pace = fields.whole("tokens-per-second", -1, 1, 1_000_000);
        if (first >= 0 && pace > 0) {
            return profile.withSpeed(first, pace);
        }
        if (first >= 0 || pace > 0) {
            fields.problem("tokens-per-second", "and first-token-millis go together: set both or none");
        }
        return profile;
    }

    private static Price price(Fields fields) {
        BigDecimal call = fields.decimal("cost-per-call");
        BigDecimal input = fields.decimal("cost-input-per-million");
        BigDecimal output = fields.decimal("cost-output-per-million");
        if (call != null && (input != null || output != null)) {
            fields.problem("cost-per-call", "and a cost per million tokens exclude each other");
        }
        if ((input == null) != (output == null)) {
            fields.problem("cost-input-per-million", "and cost-output-per-million go together: set both or none");
        }
        if (call != null) {
            return Price.perCall(call.toPlainString());
        }
        return input == null || output == null
                ? Price.unknown()
                : Price.perMillion(input.toPlainString(), output.toPlainString());
    }

    private static WalletEntry wallet(Fields fields) {
        fields.refuseOthers(WALLET_FIELDS);
        String keyName = fields.text("key-env", "");
        String keystore = fields.text("keystore", "");
        if (keyName.isEmpty() == keystore.isEmpty()) {
            fields.problem("key-env", "or keystore: set one of them, and not both");
        }
        String phraseName = keystore.isEmpty()
                ? ""
                : fields.required("passphrase-env", "the variable that holds the keystore's passphrase");
        BigDecimal perPayment = fields.decimal("per-payment");
        BigDecimal perDay = fields.decimal("per-day");
        return new WalletEntry(
                keyName.isEmpty() ? "" : fields.secret("key-env", keyName),
                keystore.isEmpty() ? null : Path.of(keystore),
                phraseName.isEmpty() ? "" : fields.secret("passphrase-env", phraseName),
                fields.url("rpc", "your own node of the chain that is paid on"),
                Path.of(fields.text("ledger", "waybill-ledger/ledger.db")),
                perPayment == null ? new BigDecimal("0.10") : perPayment,
                perDay == null ? BigDecimal.ONE : perDay,
                fields.flag("mainnet", false));
    }

    private static @Nullable Object parse(Path file, String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        options.setMaxAliasesForCollections(0);
        options.setNestingDepthLimit(8);
        try {
            DumperOptions unused = new DumperOptions();
            return new Yaml(new SafeConstructor(options), new Representer(unused), unused, options, new TextOnly())
                    .load(text);
        } catch (YAMLException e) {
            throw new InvalidModelsFileException(file, List.of("it is not YAML: " + e.getMessage()));
        }
    }

    /** Leaves every scalar as it was written: a price must not pass through a binary fraction. */
    private static final class TextOnly extends Resolver {
        @Override
        protected void addImplicitResolvers() {
            // none: no numbers, dates, booleans or nulls
        }
    }

    private static Map<String, @Nullable Object> map(@Nullable Object value) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> given) {
            given.forEach((name, each) -> map.put(String.valueOf(name), each));
        }
        return map;
    }

    /** The fields of one mapping; what is wrong with them is collected under their full names. */
    private static final class Fields {
        private final String path;
        private final Map<String, @Nullable Object> values;
        private final List<String> problems;
        private final Map<String, String> environment;

        Fields(
                String path,
                Map<String, @Nullable Object> values,
                List<String> problems,
                Map<String, String> environment) {
            this.path = path;
            this.values = values;
            this.problems = problems;
            this.environment = environment;
        }

        void problem(String field, String what) {
            problems.add(path + field + " " + what);
        }

        void refuseOthers(Set<String> known) {
            for (String field : values.keySet()) {
                if (!known.contains(field)) {
                    problem(
                            field,
                            "is not a field here; there are "
                                    + String.join(", ", known.stream().sorted().toList()));
                }
            }
        }

        List<Fields> list(String field) {
            List<Fields> all = new ArrayList<>();
            if (values.get(field) instanceof List<?> list) {
                for (int i = 0; i < list.size(); i++) {
                    all.add(new Fields(path + field + "[" + i + "].", map(list.get(i)), problems, environment));
                }
            }
            return all;
        }

        Optional<Fields> child(String field) {
            return values.get(field) == null
                    ? Optional.empty()
                    : Optional.of(new Fields(path + field + ".", map(values.get(field)), problems, environment));
        }

        String text(String field, String otherwise) {
            Object value = values.get(field);
            if (value == null) {
                return otherwise;
            }
            if (value instanceof Map || value instanceof List) {
                problem(field, "is not a single value");
                return otherwise;
            }
            return value.toString().strip();
        }

        String required(String field, String what) {
            String text = text(field, "");
            if (text.isEmpty()) {
                problem(field, "is missing: " + what);
            }
            return text;
        }

        String secret(String field, String variable) {
            String value = environment.getOrDefault(variable, "");
            if (value.isBlank()) {
                problem(field, "names the environment variable " + variable + ", which is not set");
            }
            return value.strip();
        }

        @Nullable
        BigDecimal decimal(String field) {
            String text = text(field, "");
            if (text.isEmpty()) {
                return null;
            }
            if (!text.matches("[0-9]{1,18}(\\.[0-9]{1,18})?")) {
                problem(field, "is '" + text + "'; it is a plain decimal such as 0.002");
                return null;
            }
            return new BigDecimal(text);
        }

        int whole(String field, int otherwise, int least, int most) {
            String text = text(field, "");
            if (text.isEmpty()) {
                return otherwise;
            }
            boolean digits = text.matches("[0-9]{1,10}");
            if (!digits || Long.parseLong(text) < least || Long.parseLong(text) > most) {
                problem(field, "is '" + text + "'; it is a whole number from " + least + " to " + most);
                return otherwise;
            }
            return Integer.parseInt(text);
        }

        boolean flag(String field, boolean otherwise) {
            String text = text(field, Boolean.toString(otherwise));
            if (!text.equals("true") && !text.equals("false")) {
                problem(field, "is '" + text + "'; it is true or false");
            }
            return text.equals("true");
        }

        @Nullable
        LocalDate date(String field, String what) {
            String text = required(field, what);
            try {
                return text.isEmpty() ? null : LocalDate.parse(text);
            } catch (DateTimeParseException e) {
                problem(field, "is '" + text + "'; it is a date such as 2026-10-01");
                return null;
            }
        }

        URI url(String field, String what) {
            String text = required(field, what);
            URI none = URI.create("http://unset.invalid");
            if (text.isEmpty()) {
                return none;
            }
            try {
                URI url = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
                boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
                if (!http || url.getHost() == null || url.getUserInfo() != null) {
                    problem(field, "is not an http or https address with a host and without a user");
                    return none;
                }
                return url;
            } catch (URISyntaxException e) {
                problem(field, "is not an address: " + e.getReason());
                return none;
            }
        }
    }
}
