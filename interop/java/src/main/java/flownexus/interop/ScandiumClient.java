// DTLS clients of Scandium for the check of our layer, without CoAP: as many as are opened, told
// what to do by lines of standard input and telling what they hear by lines of standard output.
package flownexus.interop;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.californium.elements.AddressEndpointContext;
import org.eclipse.californium.elements.EndpointContext;
import org.eclipse.californium.elements.RawData;
import org.eclipse.californium.elements.RelaxedDtlsEndpointContextMatcher;
import org.eclipse.californium.elements.auth.RawPublicKeyIdentity;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite;
import org.eclipse.californium.scandium.dtls.cipher.XECDHECryptography.SupportedGroup;
import org.eclipse.californium.scandium.dtls.pskstore.SinglePskStore;
import org.eclipse.californium.scandium.dtls.x509.SingleCertificateProvider;
import org.eclipse.californium.scandium.dtls.x509.StaticCertificateVerifier;

public final class ScandiumClient {
    private static final Map<String, ScandiumClient> CLIENTS = new HashMap<>();

    private final DTLSConnector connector;
    private final AddressEndpointContext server;
    private final AddressEndpointContext onlyHandshake;

    private ScandiumClient(String name, Map<String, String> words) throws Exception {
        InetSocketAddress address = new InetSocketAddress(
            InetAddress.getByName("127.0.0.1"), Integer.parseInt(words.get("port")));
        server = new AddressEndpointContext(address);
        onlyHandshake = new AddressEndpointContext(address);
        connector = new DTLSConnector(configure(words));
        connector.setRawDataReceiver(data -> {
            String text = new String(data.getBytes(), StandardCharsets.UTF_8);
            report("heard " + name + " " + text.stripTrailing());
        });
        connector.setAlertHandler((peer, alert) ->
            report("alert " + name + " " + alert.getDescription()));
        // A handshake begins with something to be sent, and of what is refused after it nothing else
        // is left.
        connector.setEndpointContextMatcher(new RelaxedDtlsEndpointContextMatcher() {
            @Override
            public boolean isToBeSent(EndpointContext message, EndpointContext connection) {
                return message != onlyHandshake || connection == null;
            }
        });
        connector.start();
    }

    /** `open NAME key=value...`, `say NAME line`, `resume NAME`, `close NAME`. */
    public static void main(String[] args) throws Exception {
        DtlsConfig.register();
        report("ready");
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            String[] parts = order.split(" ", 3);
            switch (parts[0]) {
                case "open" -> {
                    ScandiumClient client = new ScandiumClient(parts[1], wordsOf(parts[2]));
                    CLIENTS.put(parts[1], client);
                    client.send("", client.onlyHandshake);
                }
                case "say" -> {
                    ScandiumClient client = CLIENTS.get(parts[1]);
                    client.send(parts[2] + "\n", client.server);
                }
                case "resume" -> CLIENTS.get(parts[1]).resume();
                case "close" -> {
                    CLIENTS.remove(parts[1]).connector.destroy();
                    report("closed " + parts[1]);
                }
                default -> throw new IllegalArgumentException(order);
            }
        }
    }

    private static Map<String, String> wordsOf(String line) {
        Map<String, String> words = new HashMap<>();
        for (String word : line.split(" ")) {
            int at = word.indexOf('=');
            words.put(word.substring(0, at), word.substring(at + 1));
        }
        return words;
    }

    private static DtlsConnectorConfig configure(Map<String, String> words) throws Exception {
        DtlsConnectorConfig.Builder builder = DtlsConnectorConfig.builder(new Configuration())
            .setAddress(new InetSocketAddress(0))
            .set(DtlsConfig.DTLS_ROLE, DtlsConfig.DtlsRole.CLIENT_ONLY)
            .set(DtlsConfig.DTLS_RETRANSMISSION_TIMEOUT, 1, TimeUnit.SECONDS)
            .set(DtlsConfig.DTLS_RECOMMENDED_CIPHER_SUITES_ONLY, false)
            .set(DtlsConfig.DTLS_USE_SERVER_NAME_INDICATION, false)
            .set(DtlsConfig.DTLS_RECEIVER_THREAD_COUNT, 1)
            .set(DtlsConfig.DTLS_CONNECTOR_THREAD_COUNT, 1)
            // Of its own; with -1 it knows nothing of connection ids.
            .set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, Integer.parseInt(words.get("cid")))
            .setAsList(DtlsConfig.DTLS_CIPHER_SUITES, CipherSuite.getTypeByName(words.get("suite")));
        if (words.containsKey("mtu")) {
            builder.set(DtlsConfig.DTLS_MAX_TRANSMISSION_UNIT, Integer.parseInt(words.get("mtu")));
        }
        if (words.containsKey("group")) {
            builder.setAsList(DtlsConfig.DTLS_CURVES, SupportedGroup.valueOf(words.get("group")));
        }
        if (words.containsKey("authority")) {
            certify(builder, words);
        } else if (words.containsKey("key")) {
            builder.setPskStore(new SinglePskStore(
                words.get("identity"), HexFormat.of().parseHex(words.get("key"))));
        } else {
            builder.setCertificateIdentityProvider(new SingleCertificateProvider(
                    privateKey(words.get("private")), publicKey(words.get("public"))))
                .setCertificateVerifier(StaticCertificateVerifier.builder()
                    .setTrustedRPKs(new RawPublicKeyIdentity(publicKey(words.get("server"))))
                    .build());
        }
        return builder.build();
    }

    private static void certify(
        DtlsConnectorConfig.Builder builder, Map<String, String> words) throws Exception {
        builder.setCertificateVerifier(StaticCertificateVerifier.builder()
            .setTrustedCertificates(certificate(words.get("authority"))).build());
        // Without one it is nobody.
        if (words.containsKey("certificate")) {
            builder.setCertificateIdentityProvider(new SingleCertificateProvider(
                privateKey(words.get("private")),
                new X509Certificate[] { certificate(words.get("certificate")) },
                CertificateType.X_509));
        }
    }

    private static X509Certificate certificate(String der) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(
            new ByteArrayInputStream(HexFormat.of().parseHex(der)));
    }

    private static PrivateKey privateKey(String pkcs8) throws Exception {
        return KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(HexFormat.of().parseHex(pkcs8)));
    }

    private static PublicKey publicKey(String spki) throws Exception {
        return KeyFactory.getInstance("EC")
            .generatePublic(new X509EncodedKeySpec(HexFormat.of().parseHex(spki)));
    }

    private void send(String text, EndpointContext to) {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        connector.send(RawData.outbound(content, to, null, false));
    }

    private void resume() {
        connector.forceResumeSessionFor(server.getPeerAddress());
        send("", onlyHandshake);
    }

    private static synchronized void report(String line) {
        System.out.println(line);
    }
}
