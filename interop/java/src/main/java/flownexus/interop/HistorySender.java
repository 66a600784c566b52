// Tells the server a history of one resource in a single Send, and what it was answered.
package flownexus.interop;

import java.time.Instant;
import org.eclipse.leshan.client.LeshanClient;
import org.eclipse.leshan.client.send.DataSender;
import org.eclipse.leshan.client.send.DataSenderManager;
import org.eclipse.leshan.core.node.LwM2mPath;
import org.eclipse.leshan.core.node.LwM2mSingleResource;
import org.eclipse.leshan.core.node.TimestampedLwM2mNodes;
import org.eclipse.leshan.core.request.ContentFormat;

final class HistorySender implements DataSender {
    private static final long TIMEOUT_MS = 15_000;
    private DataSenderManager manager;

    @Override
    public void setDataSenderManager(DataSenderManager manager) {
        this.manager = manager;
    }

    @Override
    public String getName() {
        return "history";
    }

    /** One record a second, each a quarter more than the one before. */
    void send(LeshanClient client, String resource, int count, Instant since) {
        LwM2mPath path = new LwM2mPath(resource);
        TimestampedLwM2mNodes.Builder records = new TimestampedLwM2mNodes.Builder();
        for (int i = 0; i < count; i++) {
            records.put(since.plusSeconds(i), path,
                LwM2mSingleResource.newFloatResource(path.getResourceId(), i / 4.0));
        }
        manager.sendData(client.getRegisteredServers().values().iterator().next(),
            ContentFormat.SENML_CBOR, records.build(),
            response -> InteropDevice.report("sent", "code",
                String.valueOf(response.getCode().getCode())),
            error -> InteropDevice.report("send failed", "cause", String.valueOf(error)),
            TIMEOUT_MS);
    }
}
