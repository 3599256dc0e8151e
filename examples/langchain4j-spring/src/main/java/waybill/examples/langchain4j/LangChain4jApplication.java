package waybill.examples.langchain4j;

import dev.langchain4j.service.spring.AiService;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The whole application: nothing in it knows that there are several models, or that calls are paid for. */
@SpringBootApplication
public class LangChain4jApplication {

    /** Answers the question on the command line. */
    public static void main(String[] args) {
        try (var context = SpringApplication.run(LangChain4jApplication.class, args)) {
            System.out.println(context.getBean(Answers.class).to(String.join(" ", args)));
        }
    }

    /** Answers questions; made by LangChain4j, in automatic mode, over the one ChatModel that there is. */
    @AiService
    public interface Answers {

        /** The answer to a question. */
        String to(String question);
    }
}
