// A Kafka client for the tests: what a broker says of its topics and records, as JSON lines with all bytes in base64.
//
//   java KafkaClient HOST:PORT show LEVEL                    topics (id, settings, first and last offsets), then all their records
//   java KafkaClient HOST:PORT produce TEXT CODEC TOPIC…     TEXT to each partition of the topics, twice
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.*;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.*;

public class KafkaClient {
    static final ObjectMapper JSON = new ObjectMapper();
    static final PrintStream OUT = new PrintStream(new BufferedOutputStream(System.out, 1 << 16));

    public static void main(String[] args) throws Exception {
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", args[0]));
        if (args[1].equals("produce")) produce(config, args[2], args[3], Arrays.asList(args).subList(4, args.length));
        else {
            describe(config);
            read(config, args[2]);
        }
        OUT.flush();
    }

    static void describe(Map<String, Object> config) throws Exception {
        try (Admin admin = Admin.create(config)) {
            Map<String, TopicDescription> topics = admin.describeTopics(admin.listTopics().names().get()).allTopicNames().get();
            var resources = topics.keySet().stream().map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name)).toList();
            var configs = admin.describeConfigs(resources).all().get();
            for (TopicDescription topic : topics.values()) {
                Map<String, String> explicit = configs.get(new ConfigResource(ConfigResource.Type.TOPIC, topic.name())).entries().stream()
                    .filter(entry -> entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG)
                    .collect(Collectors.toMap(ConfigEntry::name, ConfigEntry::value));
                List<TopicPartition> partitions = topic.partitions().stream().map(p -> new TopicPartition(topic.name(), p.partition())).toList();
                line("topic", topic.name(), "id", topic.topicId().toString(), "configs", explicit,
                    "earliest", offsets(admin, partitions, OffsetSpec.earliest()), "latest", offsets(admin, partitions, OffsetSpec.latest()));
            }
        }
    }

    static List<String> offsets(Admin admin, List<TopicPartition> partitions, OffsetSpec spec) throws Exception {
        var found = admin.listOffsets(partitions.stream().collect(Collectors.toMap(p -> p, p -> spec))).all().get();
        return partitions.stream().map(p -> String.valueOf(found.get(p).offset())).toList();
    }

    static void read(Map<String, Object> config, String level) throws Exception {
        config.putAll(Map.of("isolation.level", level, "max.partition.fetch.bytes", 8 << 20, "exclude.internal.topics", true));
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.listTopics().entrySet().stream().filter(topic -> !topic.getKey().startsWith("__"))
                .flatMap(topic -> topic.getValue().stream()).map(p -> new TopicPartition(p.topic(), p.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p)))
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) print(record);
        }
    }

    static void print(ConsumerRecord<byte[], byte[]> record) throws Exception {
        List<List<byte[]>> headers = new ArrayList<>();
        for (Header header : record.headers()) headers.add(Arrays.asList(header.key().getBytes("UTF-8"), header.value()));
        line("topic", record.topic(), "partition", record.partition(), "offset", String.valueOf(record.offset()),
            "timestamp", String.valueOf(record.timestamp()), "key", record.key(), "value", record.value(), "headers", headers);
    }

    static void produce(Map<String, Object> config, String text, String codec, List<String> topics) throws Exception {
        config.put("compression.type", codec);
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String topic : topics)
                for (var partition : producer.partitionsFor(topic))
                    for (int i = 0; i < 2; i++)
                        producer.send(new ProducerRecord<>(topic, partition.partition(), ("k" + i).getBytes(), text.getBytes())).get();
        }
    }

    static void line(Object... namesAndValues) throws Exception {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
        OUT.println(JSON.writeValueAsString(fields));
    }
}
