package flow_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/cluster/podapi"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/sender"
	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/testing/apitest"
	"crier.dev/crier/internal/testing/smtptest"
)

// declared is what the objects say as manifests, read as the client reads them.
func (c *comparison) declared() *declared.World {
	c.w.Helper()
	var text bytes.Buffer
	for _, o := range c.objects {
		gvk, err := apiutil.GVKForObject(o, server.Scheme)
		must(c.w, err)
		data, err := json.Marshal(o)
		must(c.w, err)
		content := map[string]any{}
		must(c.w, json.Unmarshal(data, &content))
		delete(content, "status")
		content["apiVersion"], content["kind"] = gvk.GroupVersion().String(), gvk.Kind
		labels := o.GetLabels()
		content["metadata"] = map[string]any{"name": o.GetName(), "namespace": o.GetNamespace(), "labels": labels}
		if len(labels) == 0 {
			content["metadata"] = map[string]any{"name": o.GetName(), "namespace": o.GetNamespace()}
		}
		data, err = json.Marshal(content)
		must(c.w, err)
		fmt.Fprintf(&text, "---\n%s\n", data)
	}
	objects, problems, _ := manifest.Parse("round", text.Bytes())
	if len(problems) > 0 {
		c.w.Fatal(problems)
	}
	w, refusals, err := declared.Load(c.w.Context(), objects, c.w.NS)
	if err != nil || len(refusals) > 0 {
		c.w.Fatal(err, refusals)
	}
	// Nothing else is in the namespace.
	w.Live, w.Now, w.Operator = true, c.w.Clock.Now(), apitest.OperatorNamespace
	return w
}

// granting is the Store of a pod whose connection comes with a share, as the
// controller of shares would write it.
type granting struct {
	sender.Store
	connection, pod string
	seq             int64
}

func (g *granting) GetSecret(ctx context.Context, name string) (*corev1.Secret, error) {
	secret, err := g.Store.GetSecret(ctx, name)
	if err == nil && name == g.connection {
		g.seq++
		secret.Data[names.RationsKey], err = share.Rations{g.pod: {Seq: g.seq, Limit: share.Limit{Connections: 4}}}.Encode()
	}
	return secret, err
}

// send runs the program of the sender pod of the Broadcast's record against a
// relay, and returns what that got, by the keys of addresses.
func (c *comparison) send() map[string][]byte {
	c.w.Helper()
	name := names.RecordName(c.w.NS, c.b.Name)
	c.w.carry(name)
	record := c.w.recordOf(name)
	pass, frozen := record.State.Pass, record.State.Frozen
	if pass == nil || !pass.Created {
		c.w.Fatalf("no sender would run: %+v", record.State)
	}
	relay := smtptest.StartConfig(c.w.T, smtptest.Config{})
	transport, err := rest.TransportFor(server.Config)
	must(c.w, err)
	api := podapi.New(strings.TrimSuffix(server.Config.Host, "/"), apitest.OperatorNamespace, transport)
	const pod = "pod-1"
	store := &granting{Store: api, connection: names.HandoutSecretName(name, frozen.Attempt), pod: pod}
	ctx, cancel := context.WithTimeout(c.w.Context(), time.Minute)
	defer cancel()
	var log bytes.Buffer
	err = sender.Run(ctx, store, sender.Options{
		Record: name, Attempt: frozen.Attempt,
		Pass:   ledger.Pass{Number: pass.Number, Selects: pass.Selects, Generation: record.State.Generation},
		Shards: int(frozen.Shards), Workers: 1, Connections: 2,
		Deadline: time.Now().Add(time.Hour), Journal: c.w.TempDir(), Holder: ledger.Holder{PodUID: pod, PodName: pod},
		Timing: sender.Timing{
			Renew: 50 * time.Millisecond, Refresh: 20 * time.Millisecond, Poll: 20 * time.Millisecond, RelayMin: 10 * time.Millisecond, RelayMax: 50 * time.Millisecond,
			Tick: 5 * time.Millisecond, Judge: 50 * time.Millisecond, APIMin: 5 * time.Millisecond, APIMax: 20 * time.Millisecond,
		},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", strconv.Itoa(relay.Port())))
		},
	}, slog.New(slog.NewJSONHandler(&log, nil)))
	if err != nil {
		c.w.Fatalf("the sender: %v\n%s", err, log.String())
	}
	sent := map[string][]byte{}
	for _, m := range relay.Messages("") {
		for _, to := range m.To {
			if sent[roster.Key(to)] != nil {
				c.w.Errorf("%s got two messages", to)
			}
			sent[roster.Key(to)] = m.Data
		}
	}
	return sent
}

var (
	boundary = regexp.MustCompile(`boundary="?([^";\s]+)"?`)
	// packed is an event in base64.
	packed = regexp.MustCompile(`(Content-Transfer-Encoding: base64\r\nContent-Type: (?:text/calendar|application/ics)[^\r\n]*(?:\r\n[ \t][^\r\n]*)*\r\n\r\n)([A-Za-z0-9+/=\r\n]+)`)
	// changing are fields that can't be the same: they come from the key of the
	// run, the run, and the time of sending.
	changing = regexp.MustCompile(`(?m)^(?:Message-ID|Date|DTSTAMP|UID|SEQUENCE):.*(?:\r?\n[ \t].*)*\r?\n`)
)

// essential is a message without what can't be the same in a preview.
func essential(data []byte) string {
	text := string(data)
	for i, found := range boundary.FindAllStringSubmatch(text, -1) {
		text = strings.ReplaceAll(text, found[1], fmt.Sprintf("boundary%d", i))
	}
	text = packed.ReplaceAllStringFunc(text, func(part string) string {
		split := packed.FindStringSubmatch(part)
		event, err := base64.StdEncoding.DecodeString(strings.NewReplacer("\r", "", "\n", "").Replace(split[2]))
		if err != nil {
			return part
		}
		return split[1] + string(event)
	})
	return changing.ReplaceAllString(text, "")
}
