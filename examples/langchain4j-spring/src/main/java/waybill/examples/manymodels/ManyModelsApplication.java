package waybill.examples.manymodels;

import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.jdk.JdkHttpClient;
import dev.langchain4j.service.spring.AiService;
import dev.langchain4j.service.spring.AiServiceWiringMode;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/**
 * An application in which two providers' starters have keys and so make models of their own. LangChain4j counts the models
 * and does not look at which is primary; so the service names the router.
 */
@SpringBootApplication
public class ManyModelsApplication {

    /** Answers the question on the command line. */
    public static void main(String[] args) {
        SpringApplication application = new SpringApplication(ManyModelsApplication.class);
        application.setAdditionalProfiles("many-models");
        try (var context = application.run(args)) {
            System.out.println(context.getBean(Answers.class).to(String.join(" ", args)));
        }
    }

    /**
     * What the OpenAI starter sends with. Its own client uses a class that Spring Boot 4 no longer has; a bean of this name
     * takes its place.
     */
    @Bean
    HttpClientBuilder openAiChatModelHttpClientBuilder() {
        return JdkHttpClient.builder();
    }

    /** Answers questions; made by LangChain4j over the router, though there are three models. */
    @AiService(wiringMode = AiServiceWiringMode.EXPLICIT, chatModel = "routingChatModel")
    public interface Answers {

        /** The answer to a question. */
        String to(String question);
    }
}
