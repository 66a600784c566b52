// An object instance that holds its resources in a map, where the server may write them as far as
// their model allows, and tells when the server asks for them or executes one.
package flownexus.interop;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.leshan.client.resource.BaseInstanceEnabler;
import org.eclipse.leshan.client.servers.LwM2mServer;
import org.eclipse.leshan.core.model.ObjectModel;
import org.eclipse.leshan.core.model.ResourceModel;
import org.eclipse.leshan.core.node.LwM2mMultipleResource;
import org.eclipse.leshan.core.node.LwM2mObjectInstance;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.node.LwM2mResourceInstance;
import org.eclipse.leshan.core.request.argument.Arguments;
import org.eclipse.leshan.core.response.ExecuteResponse;
import org.eclipse.leshan.core.response.ObserveResponse;
import org.eclipse.leshan.core.response.ReadResponse;
import org.eclipse.leshan.core.response.WriteResponse;

public final class HeldInstance extends BaseInstanceEnabler {
    private final Map<Integer, LwM2mResource> held = new TreeMap<>();
    /** What a replacement of the instance that does not name a resource leaves of it. */
    private Map<Integer, LwM2mResource> made = Map.of();

    /** The library wants a constructor without arguments in case the server creates one. */
    public HeldInstance() {}

    static HeldInstance of(LwM2mResource... resources) {
        HeldInstance instance = new HeldInstance();
        for (LwM2mResource resource : resources) instance.held.put(resource.getId(), resource);
        instance.made = Map.copyOf(instance.held);
        return instance;
    }

    /** Replaces a resource; observers of it are notified. */
    void set(LwM2mResource resource) {
        synchronized (held) {
            held.put(resource.getId(), resource);
        }
        fireResourceChange(resource.getId());
    }

    @Override
    public ReadResponse read(LwM2mServer server) {
        tell(server, "read", path());
        synchronized (held) {
            return ReadResponse.success(new LwM2mObjectInstance(getId(), held.values()));
        }
    }

    @Override
    public ReadResponse read(LwM2mServer server, int id) {
        tell(server, "read", path() + "/" + id);
        LwM2mResource resource = find(id);
        return resource == null ? ReadResponse.notFound() : ReadResponse.success(resource);
    }

    @Override
    public ObserveResponse observe(LwM2mServer server, int id) {
        tell(server, "observe", path() + "/" + id);
        LwM2mResource resource = find(id);
        return resource == null ? ObserveResponse.notFound() : ObserveResponse.success(resource);
    }

    @Override
    public WriteResponse write(LwM2mServer server, boolean replace, int id, LwM2mResource value) {
        LwM2mResource before = replace ? null : find(id);
        set(before instanceof LwM2mMultipleResource ? merged(before, value) : value);
        return WriteResponse.success();
    }

    @Override
    public void reset(int id) {
        LwM2mResource resource = made.get(id);
        if (resource != null) set(resource);
        else synchronized (held) {
            held.remove(id);
        }
    }

    @Override
    public ExecuteResponse execute(LwM2mServer server, int id, Arguments arguments) {
        InteropDevice.report("executed", "path", path() + "/" + id,
            "arguments", arguments.isEmpty() ? "" : arguments.serialize());
        return ExecuteResponse.success();
    }

    @Override
    public List<Integer> getAvailableResourceIds(ObjectModel model) {
        List<Integer> ids;
        synchronized (held) {
            ids = new ArrayList<>(held.keySet());
        }
        for (ResourceModel resource : model.resources.values()) {
            if (resource.operations.isExecutable()) ids.add(resource.id);
        }
        return ids;
    }

    private LwM2mResource find(int id) {
        synchronized (held) {
            return held.get(id);
        }
    }

    private static LwM2mResource merged(LwM2mResource before, LwM2mResource value) {
        Map<Integer, LwM2mResourceInstance> instances = new HashMap<>(before.getInstances());
        instances.putAll(value.getInstances());
        return new LwM2mMultipleResource(before.getId(), before.getType(), instances.values());
    }

    private String path() {
        return "/" + getModel().id + "/" + getId();
    }

    /** The library itself reads too, as the system; only what came over the network counts. */
    private static void tell(LwM2mServer server, String event, String path) {
        if (!server.isSystem()) InteropDevice.report(event, "path", path);
    }
}
