package waybill.examples.micronaut;

import dev.langchain4j.model.chat.ChatModel;
import io.micronaut.context.ApplicationContext;
import jakarta.inject.Singleton;

/** The whole application: nothing in it knows that there are several models, or that calls are paid for. */
@Singleton
public final class Answers {

    private final ChatModel model;

    /** With the model that Micronaut injects. */
    public Answers(ChatModel model) {
        this.model = model;
    }

    /** Answers the question on the command line. */
    public static void main(String[] args) {
        try (ApplicationContext context = ApplicationContext.run()) {
            System.out.println(context.getBean(Answers.class).to(String.join(" ", args)));
        }
    }

    /** The answer to a question. */
    public String to(String question) {
        return model.chat(question);
    }
}
