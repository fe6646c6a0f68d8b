// Prints kafka-records.jsonl: for each kind and version of the records of Kafka's own topics, a line with the default values and one with
// random ones, written by Kafka's classes. With LIB the folder of a Kafka's jars:
//
//   java -cp "LIB/*" KafkaRecords.java LIB/kafka-{metadata,clients,group-coordinator,transaction-coordinator,share-coordinator}-*.jar
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.jar.JarFile;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;

public class KafkaRecords {
  static final String CONVERTER = "JsonConverter.class";
  static final Random random = new Random(42);

  public static void main(String[] jars) throws Exception {
    for (var jar : jars)
      for (var entry : Collections.list(new JarFile(jar).entries())) {
        var name = entry.getName();
        if (!name.endsWith(CONVERTER) || name.matches(".*(\\$|Request|Response|PrincipalData|ControlRecordType|EndTxnMarker).*")) continue;
        print(name.replace(CONVERTER, "").replace('/', '.'));
      }
  }

  static void print(String className) throws Exception {
    var type = Class.forName(className);
    var toJson = Class.forName(className + "JsonConverter").getMethod("write", type, short.class);
    var schemas = (Schema[]) type.getField("SCHEMAS").get(null);
    var range = (ApiMessage) type.getDeclaredConstructor().newInstance();
    for (short version = range.lowestSupportedVersion(); version <= range.highestSupportedVersion(); version++)
      for (var isRandom : new boolean[] {false, true}) {
        var message = (ApiMessage) type.getDeclaredConstructor().newInstance();
        if (isRandom) fill(message, schemas[version]);
        var cache = new ObjectSerializationCache();
        var bytes = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(bytes), cache, version);
        System.out.printf("{\"name\":\"%s\",\"apiKey\":%d,\"version\":%d,\"hex\":\"%s\",\"json\":%s}%n",
            type.getSimpleName(), message.apiKey(), version, HexFormat.of().formatHex(bytes.array()), toJson.invoke(null, message, version));
      }
  }

  /** Only the fields that the version has: others must keep their defaults. */
  static void fill(Object struct, Schema schema) throws Exception {
    for (var field : schema.fields())
      if (!(field.def.type instanceof TaggedFields tagged)) set(struct, field.def.name, field.def.type);
      else for (var one : tagged.fields().values()) if (random.nextInt(3) > 0) set(struct, one.name, one.type);
  }

  static void set(Object struct, String snakeName, Type type) throws Exception {
    for (var field : struct.getClass().getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers()) || !field.getName().equalsIgnoreCase(snakeName.replace("_", ""))) continue;
      field.setAccessible(true);
      field.set(struct, value(field.getType(), field.getGenericType(), type));
      return;
    }
    throw new IllegalStateException(struct.getClass() + " has no " + snakeName);
  }

  static Object value(Class<?> java, java.lang.reflect.Type generic, Type type) throws Exception {
    if (type.isNullable() && random.nextInt(3) == 0) return null;
    if (java == byte.class || java == Byte.class) return (byte) random.nextInt();
    if (java == short.class || java == Short.class) return (short) random.nextInt();
    if (java == int.class || java == Integer.class) return type == Type.UINT16 ? random.nextInt(65536) : random.nextInt() >> random.nextInt(32);
    if (java == long.class || java == Long.class) return random.nextLong() >> random.nextInt(64);
    if (java == boolean.class) return random.nextBoolean();
    if (java == double.class) return random.nextDouble() * 1e6;
    if (java == String.class) return text();
    if (java == Uuid.class) return new Uuid(random.nextLong(), random.nextLong());
    if (java == byte[].class) return bytes();
    if (java == ByteBuffer.class) return ByteBuffer.wrap(bytes());
    if (Collection.class.isAssignableFrom(java)) return items(java, generic, type.arrayElementType().get());
    var struct = java.getDeclaredConstructor().newInstance();
    fill(struct, type instanceof Schema schema ? schema : schemaIn(type));
    return struct;
  }

  @SuppressWarnings("unchecked")
  static Collection<Object> items(Class<?> java, java.lang.reflect.Type generic, Type item) throws Exception {
    var list = java == List.class ? new ArrayList<Object>() : (Collection<Object>) java.getDeclaredConstructor().newInstance();
    var parameters = (ParameterizedType) (generic instanceof ParameterizedType ? generic : java.getGenericSuperclass());
    var itemClass = (Class<?>) parameters.getActualTypeArguments()[0];
    for (int count = random.nextInt(4); count > 0; count--) list.add(value(itemClass, itemClass, item));
    return list;
  }

  /** A nullable struct's type wraps its schema. */
  static Schema schemaIn(Type type) throws Exception {
    for (Class<?> java = type.getClass(); java != null; java = java.getSuperclass())
      for (var field : java.getDeclaredFields())
        if (Schema.class.isAssignableFrom(field.getType())) {
          field.setAccessible(true);
          return (Schema) field.get(type);
        }
    throw new IllegalStateException("no schema in " + type.getClass());
  }

  static String text() {
    var letters = "abcdefgä名😀/.-_".codePoints().toArray();
    var text = new StringBuilder();
    for (int count = random.nextInt(12); count > 0; count--) text.appendCodePoint(letters[random.nextInt(letters.length)]);
    if (random.nextInt(20) == 0) text.append("x".repeat(150)); // its length takes two bytes
    return text.toString();
  }

  static byte[] bytes() {
    var bytes = new byte[random.nextInt(10)];
    random.nextBytes(bytes);
    return bytes;
  }
}
