// A device over the reference Java LwM2M client: Server, Device, Firmware Update, Temperature.
// It is driven by lines on stdin and prints one JSON line per thing that happened to it. It
// decides nothing; interop/java.ts judges.
package flownexus.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.eclipse.leshan.client.LeshanClient;
import org.eclipse.leshan.client.LeshanClientBuilder;
import org.eclipse.leshan.client.object.Security;
import org.eclipse.leshan.client.object.Server;
import org.eclipse.leshan.client.observer.LwM2mClientObserverAdapter;
import org.eclipse.leshan.client.resource.LwM2mObjectEnabler;
import org.eclipse.leshan.client.resource.ObjectsInitializer;
import org.eclipse.leshan.client.servers.LwM2mServer;
import org.eclipse.leshan.core.ResponseCode;
import org.eclipse.leshan.core.model.ObjectLoader;
import org.eclipse.leshan.core.model.ObjectModel;
import org.eclipse.leshan.core.model.ResourceModel;
import org.eclipse.leshan.core.model.ResourceModel.Operations;
import org.eclipse.leshan.core.model.ResourceModel.Type;
import org.eclipse.leshan.core.model.StaticModel;
import org.eclipse.leshan.core.node.LwM2mMultipleResource;
import org.eclipse.leshan.core.node.LwM2mSingleResource;
import org.eclipse.leshan.core.request.DeregisterRequest;
import org.eclipse.leshan.core.request.RegisterRequest;
import org.eclipse.leshan.core.request.UpdateRequest;
import org.eclipse.leshan.transport.californium.client.endpoint.CaliforniumClientEndpointsProvider;
import org.eclipse.leshan.transport.californium.client.endpoint.coap.CoapClientProtocolProvider;

public final class InteropDevice {
    private static final int SERVER_ID = 101;
    private static final int TEMPERATURE = 3303;
    private static final int SENSOR_VALUE = 5700;

    private InteropDevice() {}

    /** Arguments: server URI, endpoint name, lifetime in seconds. */
    public static void main(String[] arguments) throws IOException {
        HeldInstance temperature = temperature();
        LeshanClient client = new LeshanClientBuilder(arguments[1])
            .setObjects(objects(arguments[0], Long.parseLong(arguments[2]), temperature))
            .setEndpointsProviders(new CaliforniumClientEndpointsProvider.Builder(
                new CoapClientProtocolProvider()).build())
            .build();
        client.addObserver(new Reporter());
        client.start();
        obey(client, temperature);
        client.destroy(false);
    }

    /** Carries out `set temperature X`, `update` and `deregister` until stdin ends. */
    private static void obey(LeshanClient client, HeldInstance temperature) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.trim().split(" ");
            switch (words[0]) {
                case "set" -> temperature.set(LwM2mSingleResource.newFloatResource(
                    SENSOR_VALUE, Double.parseDouble(words[2])));
                case "update" -> client.triggerRegistrationUpdate();
                case "deregister" -> client.stop(true);
                default -> report("unknown command", "line", line);
            }
        }
    }

    private static List<LwM2mObjectEnabler> objects(
            String uri, long lifetime, HeldInstance temperature) {
        List<ObjectModel> models = new ArrayList<>(ObjectLoader.loadDefault());
        models.add(new ObjectModel(TEMPERATURE, "Temperature", "", "1.0", true, false,
            resource(SENSOR_VALUE, "Sensor Value", Type.FLOAT),
            resource(5701, "Sensor Units", Type.STRING)));
        ObjectsInitializer initializer = new ObjectsInitializer(new StaticModel(models));
        initializer.setInstancesForObject(0, Security.noSec(uri, SERVER_ID));
        initializer.setInstancesForObject(1, new Server(SERVER_ID, lifetime));
        initializer.setInstancesForObject(3, device());
        initializer.setInstancesForObject(5, firmware());
        initializer.setInstancesForObject(TEMPERATURE, temperature);
        return initializer.createAll();
    }

    private static ResourceModel resource(int id, String name, Type type) {
        return new ResourceModel(id, name, Operations.R, false, false, type, "", "", "");
    }

    private static HeldInstance device() {
        return HeldInstance.of(
            LwM2mSingleResource.newStringResource(0, "Interop Ltd"),
            LwM2mSingleResource.newStringResource(1, "Thermometer"),
            LwM2mSingleResource.newStringResource(3, "2.0.0"),
            LwM2mMultipleResource.newIntegerResource(7, Map.of(0, 3800L, 1, 5000L)),
            LwM2mSingleResource.newIntegerResource(9, 87),
            LwM2mMultipleResource.newIntegerResource(11, Map.of(0, 0L)),
            LwM2mSingleResource.newStringResource(16, "U"));
    }

    private static HeldInstance firmware() {
        return HeldInstance.of(
            LwM2mSingleResource.newIntegerResource(3, 0),
            LwM2mSingleResource.newIntegerResource(5, 0),
            LwM2mSingleResource.newIntegerResource(9, 2));
    }

    private static HeldInstance temperature() {
        return HeldInstance.of(
            LwM2mSingleResource.newFloatResource(SENSOR_VALUE, 21.5),
            LwM2mSingleResource.newStringResource(5701, "Cel"));
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
            report("update failed", "code", String.valueOf(code), "cause", String.valueOf(cause));
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
