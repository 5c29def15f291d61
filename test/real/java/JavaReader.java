import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Reads as the Java clients do: arguments are the brokers, the records that each topic holds, and the topics. */
public class JavaReader {
  public static void main(String[] args) throws Exception {
    int records = Integer.parseInt(args[1]);
    long deadline = System.currentTimeMillis() + 100000;
    for (int i = 2; i < args.length; i++) {
      Properties settings = new Properties();
      settings.put("bootstrap.servers", args[0]);
      // Clients before 2.0 insist on one.
      if (!hasDurations()) settings.put("group.id", "java-reader");
      settings.put("enable.auto.commit", "false");
      settings.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
      settings.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
      KafkaConsumer<String, String> consumer = new KafkaConsumer<String, String>(settings);
      TopicPartition partition = new TopicPartition(args[i], 0);
      consumer.assign(Arrays.asList(partition));
      // Said here, so that no coordinator is asked what is committed: a fresh broker takes its time for that.
      consumer.seek(partition, 0);
      int seen = 0;
      while (seen < records && System.currentTimeMillis() < deadline) {
        for (ConsumerRecord<String, String> record : poll(consumer)) {
          System.out.println(args[i] + "\t" + record.offset() + "\t" + record.key() + "\t" + record.value());
          seen++;
        }
      }
      consumer.close();
    }
  }

  private static boolean hasDurations() {
    return Arrays.stream(KafkaConsumer.class.getMethods())
        .anyMatch(method -> method.getName().equals("poll") && method.getParameterTypes()[0] == Duration.class);
  }

  /** By its name, because the one with a Duration came with 2.0, and the other one went with 4.0. */
  @SuppressWarnings("unchecked")
  private static ConsumerRecords<String, String> poll(KafkaConsumer<String, String> consumer) throws Exception {
    Object records =
        hasDurations()
            ? KafkaConsumer.class.getMethod("poll", Duration.class).invoke(consumer, Duration.ofMillis(200))
            : KafkaConsumer.class.getMethod("poll", long.class).invoke(consumer, 200L);
    return (ConsumerRecords<String, String>) records;
  }
}
