package waybill.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.net.URI;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The five walls of the design, each as a rule that fails when the wall is broken. */
class WallsTest {
    private static final String ROUTER = "waybill.routing..";
    private static final String BINDING = "waybill.langchain4j..";
    private static final String SPRING_BINDING = "waybill.springai..";
    private static final String PROTOCOL = "waybill.x402..";
    private static final String WALLET = "waybill.wallet..";
    private static final String SELLER = "waybill.seller..";
    private static final String FACILITATOR = "waybill.facilitator..";
    private static final String DEVNET = "waybill.devnet..";
    private static final String LANGCHAIN4J_TOOLS = "waybill.wallet.tools.langchain4j..";
    private static final String SPRING_AI_TOOLS = "waybill.wallet.tools.springai..";
    private static final String MCP_TOOLS = "waybill.wallet.tools.mcp..";
    private static final String SPRING_TRANSPORT = "waybill.wallet.spring..";
    private static final String SPRING_SELLER = "waybill.seller.spring..";
    private static final String ACTUATOR = "waybill.wallet.actuator..";

    private static final JavaClasses WAYBILL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("waybill");

    @Test
    void every_room_of_the_house_is_looked_at() {
        Set<String> rooms = WAYBILL.stream()
                .map(type -> type.getPackageName().split("\\.")[1])
                .collect(Collectors.toSet());
        assertThat(rooms)
                .contains(
                        "routing",
                        "metrics",
                        "langchain4j",
                        "springai",
                        "x402",
                        "wallet",
                        "seller",
                        "facilitator",
                        "devnet",
                        "testing",
                        "gateway",
                        "demo",
                        "training",
                        "cli");
    }

    // Wall 1

    @Test
    void the_router_does_not_know_that_money_moves() {
        noClasses()
                .that()
                .resideInAnyPackage(ROUTER, BINDING, SPRING_BINDING)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(PROTOCOL, WALLET, SELLER, FACILITATOR, DEVNET, "org.web3j..")
                .because("router and wallet meet in the HTTP client given to a candidate, never in a type")
                .check(WAYBILL);
    }

    @Test
    void the_wallet_does_not_know_that_models_exist() {
        noClasses()
                .that()
                .resideInAnyPackage(PROTOCOL, WALLET, SELLER, FACILITATOR)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROUTER, BINDING, SPRING_BINDING)
                .because("paying is for any HTTP resource, a model being only one of them")
                .check(WAYBILL);
        noClasses()
                .that()
                .resideInAnyPackage(PROTOCOL, WALLET, SELLER, FACILITATOR)
                .and()
                .resideOutsideOfPackages(
                        LANGCHAIN4J_TOOLS, SPRING_AI_TOOLS, MCP_TOOLS, ACTUATOR, SPRING_TRANSPORT, SPRING_SELLER)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.langchain4j..", "org.springframework..", "io.modelcontextprotocol..")
                .because("a framework is known only by the package that adapts to it")
                .check(WAYBILL);
    }

    @Test
    void an_adapter_knows_its_frameworks_tools_and_none_of_its_models() {
        adapterKnowsOnly(
                LANGCHAIN4J_TOOLS,
                "dev.langchain4j..",
                "dev.langchain4j.agent.tool..",
                "dev.langchain4j.service.tool..",
                "dev.langchain4j.invocation..",
                "dev.langchain4j.model.chat.request.json..");
        adapterKnowsOnly(SPRING_AI_TOOLS, "org.springframework..", "org.springframework.ai.tool..");
        adapterKnowsOnly(SPRING_TRANSPORT, "org.springframework..", "org.springframework.http..");
        adapterKnowsOnly(
                ACTUATOR,
                "org.springframework..",
                "org.springframework.boot.actuate.endpoint..",
                "org.springframework.boot.health..");
    }

    private static void adapterKnowsOnly(String adapter, String framework, String... known) {
        noClasses()
                .that()
                .resideInAPackage(adapter)
                .should()
                .dependOnClassesThat(resideInAPackage(framework).and(not(resideInAnyPackage(known))))
                .because("the agent calls the wallet; the wallet never calls a model")
                .check(WAYBILL);
    }

    @Test
    void okhttp_is_known_to_its_own_transport_only() {
        noClasses()
                .that()
                .resideOutsideOfPackage("waybill.wallet.okhttp..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("okhttp3..", "okio..")
                .because("an adapter is a package of its own, and its library optional")
                .check(WAYBILL);
    }

    @Test
    void the_protocol_knows_neither_side_and_buyer_and_seller_do_not_know_each_other() {
        noClasses()
                .that()
                .resideInAPackage(PROTOCOL)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(WALLET, SELLER, FACILITATOR, DEVNET)
                .check(WAYBILL);
        noClasses()
                .that()
                .resideInAPackage(WALLET)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(SELLER, FACILITATOR, DEVNET)
                .check(WAYBILL);
        noClasses()
                .that()
                .resideInAnyPackage(SELLER, FACILITATOR)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(WALLET, DEVNET)
                .check(WAYBILL);
    }

    // Wall 2

    @Test
    void only_the_wallet_touches_a_key_that_signs_payments() {
        noClasses()
                .that()
                .resideOutsideOfPackages(WALLET, PROTOCOL)
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("waybill.x402.SigningKey")
                .because("a buyer's key lives in the wallet and nowhere else")
                .check(WAYBILL);
    }

    @Test
    void only_the_facilitator_holds_gas_keys_and_a_seller_holds_none() {
        noClasses()
                .that()
                .resideOutsideOfPackages(FACILITATOR, DEVNET)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.web3j.crypto..")
                .because("keys live in the wallet (payments), the facilitator (gas) and the devnet (public test keys)")
                .check(WAYBILL);
        noClasses()
                .that()
                .resideInAPackage(SELLER)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.web3j..", "org.bouncycastle..")
                .because("a seller can prove that it has no key")
                .check(WAYBILL);
    }

    @Test
    void selling_knows_no_framework_but_in_its_filters() {
        noClasses()
                .that()
                .resideInAPackage(SELLER)
                .and()
                .resideOutsideOfPackages(SPRING_SELLER, "waybill.seller.micronaut..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework..", "io.micronaut..", "jakarta..", "reactor..")
                .because("every framework sells through the same gate and checkout")
                .check(WAYBILL);
        noClasses()
                .that()
                .resideInAnyPackage(SPRING_SELLER, "waybill.seller.micronaut..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROUTER, BINDING, SPRING_BINDING, WALLET, FACILITATOR, DEVNET)
                .because("what sells holds no key and knows no model, whatever framework it runs in")
                .check(WAYBILL);
    }

    @Test
    void nothing_that_ships_leans_on_the_test_chain() {
        noClasses()
                .that()
                .resideOutsideOfPackages(DEVNET, "waybill.demo..", "waybill.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(DEVNET)
                .check(WAYBILL);
        noClasses()
                .that()
                .resideInAPackage(DEVNET)
                .should()
                .dependOnClassesThat(describe(
                        "belong to another room",
                        type -> type.getPackageName().startsWith("waybill.")
                                && !type.getPackageName().startsWith("waybill.devnet")))
                .because("the chain judges payments without sharing their code")
                .check(WAYBILL);
    }

    // Wall 3

    @Test
    void router_core_stands_on_the_jdk_alone() {
        classes()
                .that()
                .resideInAPackage(ROUTER)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(ROUTER, "java..", "org.jspecify..")
                .because("it carries no framework, no JSON library, no logging framework and no chat messages")
                .check(WAYBILL);
    }

    @Test
    void the_protocol_hides_its_json_library() {
        noClasses()
                .that()
                .resideInAPackage(PROTOCOL)
                .and()
                .haveNameNotMatching("waybill\\.x402\\.Json(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.fasterxml..")
                .because("one class reads JSON, so that the library can change without anybody noticing")
                .check(WAYBILL);
    }

    @Test
    void only_the_routers_meters_know_micrometer_beside_the_wallets_and_springs_own() {
        noClasses()
                .that()
                .resideOutsideOfPackages("waybill.metrics..", "waybill.wallet.metrics..", SPRING_BINDING)
                .and()
                .resideInAnyPackage(ROUTER, BINDING, WALLET, PROTOCOL, SELLER, FACILITATOR)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.micrometer..")
                .check(WAYBILL);
        noClasses()
                .that()
                .resideInAPackage("waybill.metrics..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(BINDING, SPRING_BINDING, PROTOCOL, WALLET, SELLER, FACILITATOR, DEVNET)
                .because("the meters serve the routers of every framework")
                .check(WAYBILL);
    }

    @Test
    void the_scripted_servers_stand_on_the_jdk_alone_and_only_their_contract_knows_the_router_and_junit() {
        classes()
                .that()
                .resideInAPackage("waybill.testing")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("waybill.testing", "java..", "org.jspecify..")
                .because("any module and any user can take them into their tests")
                .check(WAYBILL);
        classes()
                .that()
                .resideInAPackage("waybill.testing.contract")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "waybill.testing..", ROUTER, "java..", "org.jspecify..", "org.junit..", "org.opentest4j..")
                .check(WAYBILL);
    }

    // Wall 4

    @Test
    void a_plan_is_made_without_clocks_chance_or_io() {
        noClasses()
                .that()
                .resideInAPackage(ROUTER)
                .and()
                .doNotHaveFullyQualifiedName("waybill.routing.RouterBuilder") // names the defaults of what is injected
                .and()
                .doNotHaveFullyQualifiedName("waybill.routing.CatalogueFile") // the same
                .and()
                .doNotHaveFullyQualifiedName(
                        "waybill.routing.SharedTimers") // rings for attempts, where a plan is made already
                .should()
                .accessTargetWhere(readsTheWorld())
                .because("a plan is a pure function of the features and one snapshot, and time is injected")
                .check(WAYBILL);
    }

    @Test
    void choosing_reads_no_file_and_opens_no_socket() {
        noClasses()
                .that()
                .resideInAPackage(ROUTER)
                .and()
                .haveNameNotMatching("waybill\\.routing\\.learned\\.WeightsFile.*") // reads its own resource, once
                .and()
                .haveNameNotMatching(
                        "waybill\\.routing\\.Catalogue(File.*|\\$Shipped)") // a snapshot's source, never a plan's
                .and()
                .haveNameNotMatching("waybill\\.routing\\.(BeliefFile|DecisionLog).*") // keep what was learnt and done
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.net..", "java.nio.file..", "java.sql..", "javax..")
                        .or(resideInAPackage("java.io..").and(not(plainSerialization())))
                        .and(not(type(Path.class))) // the name of a file, handed on to those who may read it
                        .and(not(type(URI.class))) // where a provider is, handed on to those who may connect
                        .and(not(assignableTo(Throwable.class)))) // what others' sockets threw is classified
                .because("choosing reads no file and opens no socket")
                .check(WAYBILL);
    }

    // Wall 5

    @Test
    void the_attempt_machine_does_nothing_itself() {
        classes()
                .that()
                .haveSimpleName("AttemptMachine")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                                ROUTER, "java.lang..", "java.util..", "java.time..", "java.math..", "org.jspecify..")
                        .and(not(threads())))
                .because("events go in and actions come out; drivers run them")
                .check(WAYBILL);
        assertThat(WAYBILL.stream().filter(type -> type.getSimpleName().equals("AttemptMachine")))
                .as("there is one attempt machine")
                .hasSize(1);
    }

    @Test
    void nobody_sleeps_but_the_facilitator_and_nobody_retries_around_the_machine() {
        noClasses()
                .that()
                .haveNameNotMatching(
                        "waybill\\.facilitator\\.Pause.*") // between looks at the chain; tests inject another
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Thread.class, "sleep", java.time.Duration.class)
                .check(WAYBILL);
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.failsafe..", "io.github.resilience4j..", "org.springframework.retry..")
                .check(WAYBILL);
    }

    private static DescribedPredicate<JavaAccess<?>> readsTheWorld() {
        Set<String> calls = Set.of(
                "java.lang.System.currentTimeMillis",
                "java.lang.System.nanoTime",
                "java.lang.Math.random",
                "java.time.Instant.now",
                "java.time.Clock.systemUTC",
                "java.time.Clock.systemDefaultZone",
                "java.time.LocalDate.now",
                "java.time.InstantSource.system",
                "java.util.concurrent.ThreadLocalRandom.current",
                "java.util.Random.<init>",
                "java.util.UUID.randomUUID");
        return describe(
                "reads a clock, draws lots or the like",
                access -> calls.contains(access.getTargetOwner().getFullName() + "."
                        + access.getTarget().getName()));
    }

    private static DescribedPredicate<JavaClass> plainSerialization() {
        return describe(
                "are how the JDK marks what can be serialised",
                type -> type.getSimpleName().equals("Serializable")
                        || type.getSimpleName().equals("Serial"));
    }

    private static DescribedPredicate<JavaClass> threads() {
        return describe(
                "run or wait",
                type -> type.isEquivalentTo(Thread.class)
                        || type.getPackageName().startsWith("java.util.concurrent"));
    }
}
