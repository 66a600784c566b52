// The objects of the device: what it has in them at first, and what a server may do with them.
package flownexus.interop;

import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.eclipse.leshan.client.object.Security;
import org.eclipse.leshan.client.object.Server;
import org.eclipse.leshan.client.resource.LwM2mObjectEnabler;
import org.eclipse.leshan.client.resource.ObjectsInitializer;
import org.eclipse.leshan.core.model.ObjectLoader;
import org.eclipse.leshan.core.model.ObjectModel;
import org.eclipse.leshan.core.model.ResourceModel;
import org.eclipse.leshan.core.model.ResourceModel.Operations;
import org.eclipse.leshan.core.model.ResourceModel.Type;
import org.eclipse.leshan.core.model.StaticModel;
import org.eclipse.leshan.core.node.LwM2mMultipleResource;
import org.eclipse.leshan.core.node.LwM2mSingleResource;
import org.eclipse.leshan.core.node.ObjectLink;

final class Objects {
    static final int SENSOR_VALUE = 5700;
    static final int SERVER_ID = 101;
    private static final int DATA = 19;
    private static final int EVENT_LOG = 20;
    private static final int TEMPERATURE = 3303;
    private static final int LIGHT = 3311;

    private Objects() {}

    static List<LwM2mObjectEnabler> all(Security security, long lifetime, HeldInstance temperature) {
        List<ObjectModel> models = new ArrayList<>(ObjectLoader.loadDefault());
        models.addAll(models());
        ObjectsInitializer initializer = new ObjectsInitializer(new StaticModel(models));
        initializer.setInstancesForObject(0, security);
        initializer.setInstancesForObject(1, new Server(SERVER_ID, lifetime));
        initializer.setInstancesForObject(3, device());
        initializer.setInstancesForObject(5, firmware());
        initializer.setInstancesForObject(DATA, data());
        initializer.setInstancesForObject(EVENT_LOG, eventLog());
        initializer.setInstancesForObject(TEMPERATURE, temperature);
        initializer.setInstancesForObject(LIGHT, light());
        return initializer.createAll();
    }

    static HeldInstance temperature() {
        return HeldInstance.of(
            LwM2mSingleResource.newFloatResource(SENSOR_VALUE, 21.5),
            LwM2mSingleResource.newStringResource(5701, "Cel"));
    }

    private static List<ObjectModel> models() {
        return List.of(
            new ObjectModel(DATA, "Data", "", "1.0", true, false,
                resource(0, Operations.RW, true, Type.OPAQUE),
                resource(1, Operations.RW, false, Type.INTEGER),
                resource(3, Operations.RW, false, Type.STRING)),
            new ObjectModel(EVENT_LOG, "Event Log", "", "2.1", true, false,
                resource(4010, Operations.RW, false, Type.INTEGER),
                resource(4011, Operations.E, false, Type.NONE),
                resource(4012, Operations.E, false, Type.NONE)),
            new ObjectModel(TEMPERATURE, "Temperature", "", "1.0", true, false,
                resource(SENSOR_VALUE, Operations.R, false, Type.FLOAT),
                resource(5701, Operations.R, false, Type.STRING)),
            new ObjectModel(LIGHT, "Light", "", "1.0", true, false,
                resource(5706, Operations.RW, false, Type.STRING),
                resource(5850, Operations.RW, false, Type.BOOLEAN),
                resource(5851, Operations.RW, false, Type.INTEGER)));
    }

    private static ResourceModel resource(
            int id, Operations operations, boolean multiple, Type type) {
        return new ResourceModel(id, "R" + id, operations, multiple, false, type, "", "", "");
    }

    private static HeldInstance device() {
        return HeldInstance.of(
            LwM2mSingleResource.newStringResource(0, "Interop Ltd"),
            LwM2mSingleResource.newStringResource(1, "Thermometer"),
            LwM2mSingleResource.newStringResource(3, "2.0.0"),
            LwM2mMultipleResource.newIntegerResource(7, Map.of(0, 3800L, 1, 5000L)),
            LwM2mSingleResource.newIntegerResource(9, 87),
            LwM2mMultipleResource.newIntegerResource(11, Map.of(0, 0L)),
            LwM2mSingleResource.newDateResource(13, new Date(1_767_225_600_000L)),
            LwM2mSingleResource.newStringResource(14, "+01"),
            LwM2mSingleResource.newStringResource(15, "Europe/Berlin"),
            LwM2mSingleResource.newStringResource(16, "U"),
            LwM2mMultipleResource.newObjectLinkResource(22, Map.of(0, new ObjectLink(3303, 0))));
    }

    private static HeldInstance firmware() {
        return HeldInstance.of(
            LwM2mSingleResource.newIntegerResource(3, 0),
            LwM2mSingleResource.newIntegerResource(5, 0),
            LwM2mSingleResource.newIntegerResource(9, 2));
    }

    private static HeldInstance data() {
        return HeldInstance.of(
            LwM2mMultipleResource.newBinaryResource(0,
                Map.of(0, new byte[] {1, 2, 3}, 1, new byte[] {4})),
            LwM2mSingleResource.newIntegerResource(1, 7),
            LwM2mSingleResource.newStringResource(3, "readings"));
    }

    private static HeldInstance eventLog() {
        return HeldInstance.of(LwM2mSingleResource.newIntegerResource(4010, 0));
    }

    private static HeldInstance light() {
        return HeldInstance.of(
            LwM2mSingleResource.newStringResource(5706, "white"),
            LwM2mSingleResource.newBooleanResource(5850, false),
            LwM2mSingleResource.newIntegerResource(5851, 10));
    }
}
