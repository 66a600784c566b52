// An object instance that holds fixed resources in a map and tells when the server asks for
// them. Writes and executes are refused by the base class.
package flownexus.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.leshan.client.resource.BaseInstanceEnabler;
import org.eclipse.leshan.client.servers.LwM2mServer;
import org.eclipse.leshan.core.model.ObjectModel;
import org.eclipse.leshan.core.node.LwM2mObjectInstance;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.response.ObserveResponse;
import org.eclipse.leshan.core.response.ReadResponse;

public final class HeldInstance extends BaseInstanceEnabler {
    private final Map<Integer, LwM2mResource> held = new TreeMap<>();

    /** The library wants a constructor without arguments in case the server creates one. */
    public HeldInstance() {}

    static HeldInstance of(LwM2mResource... resources) {
        HeldInstance instance = new HeldInstance();
        for (LwM2mResource resource : resources) instance.held.put(resource.getId(), resource);
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
    public List<Integer> getAvailableResourceIds(ObjectModel model) {
        synchronized (held) {
            return new ArrayList<>(held.keySet());
        }
    }

    private LwM2mResource find(int id) {
        synchronized (held) {
            return held.get(id);
        }
    }

    private String path() {
        return "/" + getModel().id + "/" + getId();
    }

    /** The library itself reads too, as the system; only what came over the network counts. */
    private static void tell(LwM2mServer server, String event, String path) {
        if (!server.isSystem()) InteropDevice.report(event, "path", path);
    }
}
