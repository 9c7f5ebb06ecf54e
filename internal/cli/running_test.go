package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

var server *apitest.Server

func TestMain(m *testing.M) {
	ctrl.SetLogger(zap.New(zap.WriteTo(&logs)))
	os.Exit(apitest.Main(m, &server))
}

// logs is what managers log.
var logs record

type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (r *record) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(line)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// within is far below every interval of the controllers.
const within = time.Minute

// running is the manager as the command runs it.
type running struct {
	*testing.T
	probes string
}

func startManager(t *testing.T, config *rest.Config, setUp func(ctrl.Manager, managerFlags) error) *running {
	t.Helper()
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &running{T: t, probes: free.Addr().String()}
	free.Close()
	f := managerFlags{namespace: apitest.OperatorNamespace, image: "example.gov/crier:1", metricsAddress: "0", probeAddress: r.probes}
	mgr, err := newManagerFor(config, f)
	if err != nil {
		t.Fatal(err)
	}
	if err := setUp(mgr, f); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

// until waits for something to be so.
func (r *running) until(what string, so func() (bool, string)) {
	r.Helper()
	said := ""
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		is, now := so()
		if is {
			return
		}
		said = now
	}
	r.Fatalf("not %s after %s: %s\n%s", what, within, said, logs.String())
}

// ready is what the check of the caches answers.
func (r *running) ready() (ok bool, says string) {
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, "http://"+r.probes+"/readyz/caches", nil)
	if err != nil {
		r.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false, err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return err == nil && answer.StatusCode == http.StatusOK, string(text)
}

// condition waits for the Ready condition of an object, read without its kind.
func (r *running) condition(kind, namespace, name, status, words string) {
	r.Helper()
	r.until(kind+" "+name+" "+status, func() (bool, string) {
		u := fetch(r.T, kind, namespace, name)
		conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
		for _, c := range conditions {
			if c, _ := c.(map[string]any); c["type"] == crier.ConditionReady {
				text := fmt.Sprint(c["reason"], ": ", c["message"])
				return c["status"] == status && strings.Contains(text, words) && c["observedGeneration"] == u.GetGeneration(), text
			}
		}
		return false, "no condition"
	})
}

func fetch(t *testing.T, kind, namespace, name string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(crier.GroupVersion.WithKind(kind))
	if err := server.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, u); err != nil {
		t.Fatal(err)
	}
	return u
}

func patch(t *testing.T, obj client.Object, change string) {
	t.Helper()
	if err := server.Client.Patch(t.Context(), obj, client.RawPatch("application/merge-patch+json", []byte(change))); err != nil {
		t.Fatal(err)
	}
}

// unreadable are objects of each kind that an older release let in. told says
// that the definitions of today let a status be written to it: where a rule in
// CEL fails over the field, or it has another shape, an API server refuses.
var unreadable = []struct {
	kind, name, spec, words string
	told                    bool
}{
	{"Suppression", "bad", `{"scope": {"kind": "Namespace"}, "reason": "Legal", "expires": "2026-01-01T00:00:00z", "entries": [{"address": "ann@example.gov"}]}`, "spec.expires must be a time", true},
	{"SubscriberSet", "bad", `{"source": {"inline": [{"email": "ann@example.gov"}]}, "refreshInterval": "1d"}`, "spec.refreshInterval must be a duration", false},
	{"Relay", "bad", `{"host": "mail.example.gov", "bounceDomain": "b.example.gov", "port": 4294967296, "grants": []}`, "spec.port must be a whole number", true},
	{"MailingList", "bad", `{"address": "a@example.gov", "report": {"after": "P1D"}}`, "spec.report.after must be a duration", false},
	{"MessageTemplate", "bad", `{"html": {"file": "a"}}`, "spec.html must be a text", false},
	{"Broadcast", "bad", `{"listRef": {"name": "bad"}, "subject": "Hello", "content": {"text": "Hello"}, "notAfter": "2026-01-01T00:00:00+99:00"}`, "spec.notAfter must be a time", false},
}

// One object of each kind that can't be decoded keeps the manager from nothing
// but itself: before it starts and while it watches, under the definitions that
// let it in and under those that don't any more.
func TestUnreadableObjectsCostThemselves(t *testing.T) {
	bad, good := server.Namespace(t, nil), server.Namespace(t, nil)
	tighten := server.Loosen(t)
	for _, o := range unreadable {
		if err := server.Client.Create(t.Context(), apitest.Raw(o.kind, bad, o.name, o.spec)); err != nil {
			t.Fatal(err)
		}
	}
	record := apitest.Raw("DeliveryRecord", "", "bad", `{"purpose": "Broadcast", "namespace": "`+bad+`", "broadcast": "x"}`)
	record.Object["state"] = map[string]any{"firstSeen": "2026-01-01T00:00:00z", "run": int64(1), "stage": "Frozen"}
	shard := apitest.Raw("DeliveryShard", apitest.OperatorNamespace, "bad", `{"record": "bad"}`)
	shard.Object["state"] = map[string]any{"outcomes": int64(7)}
	for _, obj := range []client.Object{record, shard} {
		if err := server.Client.Create(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
	}
	tighten()

	r := startManager(t, server.AsManager(t), setUpControllers)
	r.until("ready", r.ready)
	r.until("keeping a heartbeat", func() (bool, string) {
		key := client.ObjectKey{Namespace: apitest.OperatorNamespace, Name: names.HeartbeatLease}
		err := server.Client.Get(t.Context(), key, &coordinationv1.Lease{})
		return err == nil, fmt.Sprint(err)
	})
	for _, o := range unreadable {
		if o.told {
			r.condition(o.kind, bad, o.name, "False", crier.ReasonFieldUnreadable+": "+o.words)
		}
		r.until(o.kind+" in the log", func() (bool, string) { return strings.Contains(logs.String(), o.words), "" })
	}
	works := func(name string) {
		t.Helper()
		for kind, spec := range map[string]string{
			"Suppression":     `{"scope": {"kind": "Namespace"}, "reason": "Legal", "entries": [{"address": "bob@example.gov"}]}`,
			"SubscriberSet":   `{"source": {"inline": [{"email": "bob@example.gov"}]}}`,
			"MessageTemplate": `{"html": "<p>{{ .Body }}</p>"}`,
		} {
			if err := server.Client.Create(t.Context(), apitest.Raw(kind, good, name, spec)); err != nil {
				t.Fatal(err)
			}
			r.condition(kind, good, name, "True", "")
		}
	}
	works("beside")

	// Edited again and again while it is watched.
	server.Loosen(t)
	for _, o := range unreadable {
		patch(t, fetch(t, o.kind, bad, o.name), `{"spec": {"touched": true}}`)
		r.condition(o.kind, bad, o.name, "False", crier.ReasonFieldUnreadable+": "+o.words)
	}
	suppression := fetch(t, "Suppression", bad, "bad")
	for i := range 20 {
		patch(t, suppression, fmt.Sprintf(`{"spec": {"expires": "2026-01-%02dT00:00:00z"}}`, i+1))
	}
	works("while")
	r.condition("Suppression", bad, "bad", "False", "spec.expires")

	patch(t, suppression, `{"spec": {"expires": "2036-01-01T00:00:00Z"}}`)
	r.condition("Suppression", bad, "bad", "True", "1 address")
	patch(t, fetch(t, "SubscriberSet", bad, "bad"), `{"spec": {"refreshInterval": null}}`)
	r.condition("SubscriberSet", bad, "bad", "True", "")
	if err := server.Client.Delete(t.Context(), fetch(t, "Broadcast", bad, "bad")); err != nil {
		t.Fatal(err)
	}
	works("after")

	if now := fetch(t, "DeliveryRecord", "", "bad"); now.GetResourceVersion() != record.GetResourceVersion() {
		t.Error("the record was written")
	}
	text := logs.String()
	for _, want := range append(strings.Fields(`"unreadableKind":"DeliveryRecord" "unreadableName":"bad"`), "state.firstSeen must be a time", "spec.expires must be a time", "spec.html must be a text", bad) {
		if !strings.Contains(text, want) {
			t.Errorf("the log doesn't have %q", want)
		}
	}
	if strings.Contains(text, "ann@") {
		t.Error("an address is in the log")
	}
}

// A manager that may not see something isn't ready, and says what and why.
func TestNotReadyWhileCachesDontFill(t *testing.T) {
	config := rest.CopyConfig(server.Config)
	config.Impersonate.UserName = "system:serviceaccount:crier-system:newcomer"
	r := startManager(t, config, func(mgr ctrl.Manager, _ managerFlags) error {
		return ctrl.NewControllerManagedBy(mgr).Named("watcher").For(&crier.Suppression{}).Complete(
			reconcile.Func(func(context.Context, ctrl.Request) (ctrl.Result, error) { return ctrl.Result{}, nil }))
	})
	r.until("said to be forbidden", func() (bool, string) {
		ok, says := r.ready()
		return !ok && strings.Contains(says, "these caches don't fill") && strings.Contains(says, "Suppression (") && strings.Contains(says, "forbidden"), says
	})
	if !strings.Contains(logs.String(), "a kind can't be watched") {
		t.Error("the log doesn't say so")
	}
	binding := &rbacv1.ClusterRoleBinding{}
	if err := json.Unmarshal([]byte(`{"metadata": {"name": "newcomer"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
		"subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "system:serviceaccount:crier-system:newcomer"}]}`), binding); err != nil {
		t.Fatal(err)
	}
	if err := server.Client.Create(t.Context(), binding); err != nil {
		t.Fatal(err)
	}
	r.until("ready", r.ready)
}
