import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes as the Java clients do: arguments are the brokers, the number of records, and then topic=codec, one for each. */
public class JavaWriter {
  public static void main(String[] args) throws Exception {
    int records = Integer.parseInt(args[1]);
    for (int i = 2; i < args.length; i++) {
      String[] pair = args[i].split("=");
      Properties settings = new Properties();
      settings.put("bootstrap.servers", args[0]);
      settings.put("acks", "all");
      settings.put("compression.type", pair[1]);
      settings.put("linger.ms", "50");
      settings.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
      settings.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
      KafkaProducer<String, String> producer = new KafkaProducer<String, String>(settings);
      for (int n = 0; n < records; n++) {
        String key = n % 3 == 0 ? null : "key " + n;
        producer.send(new ProducerRecord<String, String>(pair[0], key, "value " + n + " of " + pair[1]));
      }
      producer.close();
    }
  }
}
