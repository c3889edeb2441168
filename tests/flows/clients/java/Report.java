// An ordinary Java program: reports an error with its cause, and a message, through io.sentry.
import io.sentry.Breadcrumb;
import io.sentry.Sentry;
import io.sentry.SentryLevel;
import io.sentry.protocol.SentryId;
import io.sentry.protocol.User;
import java.util.List;
import java.util.Map;

public class Report {
  static int weigh(Map<String, Integer> container) {
    return container.get("weight");
  }

  static int unload(List<Map<String, Integer>> containers) {
    try {
      return containers.stream().mapToInt(Report::weigh).sum();
    } catch (NullPointerException error) {
      throw new IllegalStateException("cannot unload", error);
    }
  }

  public static void main(String[] words) {
    Sentry.init(options -> {
      options.setDsn(words[0]);
      options.setRelease("harbour@3.0.1");
      options.setEnvironment("production");
      options.setServerName("pier-2");
      options.setDist("7");
    });
    User user = new User();
    user.setId("12");
    user.setEmail("elif@example.org");
    user.setUsername("elif");
    Sentry.setUser(user);
    Sentry.setTag("quay", "north");
    Sentry.configureScope(scope -> scope.setContexts("crane", Map.of("load", 12, "driver", "Otto")));
    Breadcrumb crumb = new Breadcrumb("hook lowered");
    crumb.setCategory("crane");
    crumb.setLevel(SentryLevel.INFO);
    crumb.setData("metres", 4);
    Sentry.addBreadcrumb(crumb);
    SentryId event = SentryId.EMPTY_ID;
    try {
      unload(List.of(Map.of("weight", 2), Map.of()));
    } catch (IllegalStateException error) {
      event = Sentry.captureException(error);
    }
    SentryId message = Sentry.captureMessage("crane needs grease", SentryLevel.WARNING);
    Sentry.flush(10_000);
    Sentry.close();
    System.out.println("{\"version\": \"java\", \"eventId\": \"" + event + "\", \"messageId\": \"" + message + "\"}");
  }
}
