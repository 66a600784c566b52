// A device over the reference Java LwM2M client. It is driven by lines on stdin and prints one JSON
// line per thing that happened to it. It decides nothing; interop/ judges.
package flownexus.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Instant;
import java.util.HexFormat;
import org.eclipse.californium.core.CoapResource;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.server.resources.Resource;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.leshan.client.LeshanClient;
import org.eclipse.leshan.client.LeshanClientBuilder;
import org.eclipse.leshan.client.object.Security;
import org.eclipse.leshan.client.observer.LwM2mClientObserverAdapter;
import org.eclipse.leshan.client.servers.LwM2mServer;
import org.eclipse.leshan.core.CertificateUsage;
import org.eclipse.leshan.core.ResponseCode;
import org.eclipse.leshan.core.node.LwM2mSingleResource;
import org.eclipse.leshan.core.request.DeregisterRequest;
import org.eclipse.leshan.core.request.RegisterRequest;
import org.eclipse.leshan.core.request.UpdateRequest;
import org.eclipse.leshan.transport.californium.client.endpoint.CaliforniumClientEndpointsProvider;
import org.eclipse.leshan.transport.californium.client.endpoint.coap.CoapClientProtocolProvider;
import org.eclipse.leshan.transport.californium.client.endpoint.coaps.CoapsClientProtocolProvider;

public final class InteropDevice {
    /** More than any body of the check. */
    private static final int BODY_BYTES_MAX = 4_000_000;

    private InteropDevice() {}

    /** Arguments: server URI, endpoint name, lifetime in seconds, and how it proves who it is. */
    public static void main(String[] arguments) throws IOException {
        HeldInstance temperature = Objects.temperature();
        HistorySender history = new HistorySender();
        CaliforniumClientEndpointsProvider endpoints = endpoints();
        LeshanClient client = new LeshanClientBuilder(arguments[1])
            .setObjects(Objects.all(security(arguments), Long.parseLong(arguments[2]), temperature))
            .setDataSenders(history)
            .setEndpointsProviders(endpoints)
            .build();
        client.addObserver(new Reporter());
        client.start();
        obey(client, temperature, history, endpoints);
        client.destroy(false);
    }

    /** `psk` with identity and key, `rpk` or `x509` with key or certificate, secret, and server's. */
    private static Security security(String[] arguments) {
        String uri = arguments[0];
        if (arguments.length == 3) return Security.noSec(uri, Objects.SERVER_ID);
        byte[] second = bytes(arguments[5]);
        return switch (arguments[3]) {
            case "psk" -> Security.psk(uri, Objects.SERVER_ID, arguments[4].getBytes(UTF_8), second);
            case "rpk" -> Security.rpk(
                uri, Objects.SERVER_ID, bytes(arguments[4]), second, bytes(arguments[6]));
            case "x509" -> Security.x509(uri, Objects.SERVER_ID, bytes(arguments[4]), second,
                bytes(arguments[6]), CertificateUsage.TRUST_ANCHOR_ASSERTION.code);
            default -> throw new IllegalArgumentException(arguments[3]);
        };
    }

    private static byte[] bytes(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    private static CaliforniumClientEndpointsProvider endpoints() {
        CaliforniumClientEndpointsProvider.Builder builder =
            new CaliforniumClientEndpointsProvider.Builder(
                new CoapClientProtocolProvider(), new CoapsClientProtocolProvider());
        Configuration configuration = builder.createDefaultConfiguration();
        configuration.set(CoapConfig.MAX_RESOURCE_BODY_SIZE, BODY_BYTES_MAX);
        // It uses those of servers and has none of its own (RFC 9146 s3), as sleeping devices do.
        configuration.set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, 0);
        return builder.setConfiguration(configuration).build();
    }

    /**
     * Carries out `set temperature X`, `send PATH COUNT SINCE`, `observers`, `update` and
     * `deregister` until stdin ends.
     */
    private static void obey(LeshanClient client, HeldInstance temperature, HistorySender history,
            CaliforniumClientEndpointsProvider endpoints) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.trim().split(" ");
            switch (words[0]) {
                case "set" -> temperature.set(LwM2mSingleResource.newFloatResource(
                    Objects.SENSOR_VALUE, Double.parseDouble(words[2])));
                case "send" -> history.send(client, words[1], Integer.parseInt(words[2]),
                    Instant.ofEpochMilli(Long.parseLong(words[3])));
                case "observers" -> report("observers", "count",
                    String.valueOf(observers(endpoints.getCoapServer().getRoot())));
                case "update" -> client.triggerRegistrationUpdate();
                case "deregister" -> client.stop(true);
                default -> report("unknown command", "line", line);
            }
        }
    }

    /** Of composites the relations are kept at the root, of paths at the objects below it. */
    private static int observers(Resource resource) {
        int count = resource instanceof CoapResource ? ((CoapResource) resource).getObserverCount() : 0;
        for (Resource child : resource.getChildren()) count += observers(child);
        return count;
    }

    /** Prints one JSON line; fields are name, value, name, value... */
    static synchronized void report(String event, String... fields) {
        StringBuilder line = new StringBuilder("{\"event\":").append(quoted(event));
        for (int i = 0; i < fields.length; i += 2) {
            line.append(',').append(quoted(fields[i])).append(':').append(quoted(fields[i + 1]));
        }
        System.out.println(line.append('}'));
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ") + '"';
    }

    private static final class Reporter extends LwM2mClientObserverAdapter {
        @Override
        public void onRegistrationSuccess(
                LwM2mServer server, RegisterRequest request, String registration) {
            report("registered", "location", registration);
        }

        @Override
        public void onRegistrationFailure(LwM2mServer server, RegisterRequest request,
                ResponseCode code, String message, Exception cause) {
            report("register failed", "code", String.valueOf(code), "cause", String.valueOf(cause));
        }

        @Override
        public void onRegistrationTimeout(LwM2mServer server, RegisterRequest request) {
            report("register timed out");
        }

        @Override
        public void onUpdateSuccess(LwM2mServer server, UpdateRequest request) {
            report("updated");
        }

        @Override
        public void onUpdateFailure(LwM2mServer server, UpdateRequest request,
                ResponseCode code, String message, Exception cause) {
            // A server that does not know the device is registered at anew, which is told then.
            if (code != ResponseCode.NOT_FOUND) report("update failed", "code", String.valueOf(code), "cause", String.valueOf(cause));
        }

        @Override
        public void onDeregistrationSuccess(LwM2mServer server, DeregisterRequest request) {
            report("deregistered");
        }

        @Override
        public void onDeregistrationFailure(LwM2mServer server, DeregisterRequest request,
                ResponseCode code, String message, Exception cause) {
            report("deregister failed", "code", String.valueOf(code));
        }

        @Override
        public void onUnexpectedError(Throwable error) {
            report("unexpected error", "cause", String.valueOf(error));
        }
    }
}
