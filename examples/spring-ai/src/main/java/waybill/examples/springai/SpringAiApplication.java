package waybill.examples.springai;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Service;

/** The whole application: nothing in it knows that there are several models, or that calls are paid for. */
@SpringBootApplication
public class SpringAiApplication {

    /** Answers the question on the command line. */
    public static void main(String[] args) {
        try (var context = SpringApplication.run(SpringAiApplication.class, args)) {
            System.out.println(context.getBean(Answers.class).to(String.join(" ", args)));
        }
    }

    /** Answers questions. */
    @Service
    public static class Answers {

        private final ChatClient client;

        /** With the client that Spring AI injects. */
        public Answers(ChatClient.Builder builder) {
            this.client = builder.build();
        }

        /** The answer to a question. */
        public String to(String question) {
            return String.valueOf(client.prompt(question).call().content());
        }
    }
}
