package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/heartbeat"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

// kubeconfig is that of a user of the server; "" for one who may do everything.
func kubeconfig(t *testing.T, user string) string {
	t.Helper()
	c := server.Config
	who := map[string]any{"client-certificate-data": c.CertData, "client-key-data": c.KeyData}
	if user != "" {
		who["as"] = user
	}
	text, err := json.Marshal(map[string]any{ // JSON is YAML
		"apiVersion": "v1", "kind": "Config", "current-context": "test",
		"clusters": []any{map[string]any{"name": "test", "cluster": map[string]any{"server": c.Host, "certificate-authority-data": c.CAData}}},
		"users":    []any{map[string]any{"name": "test", "user": who}},
		"contexts": []any{map[string]any{"name": "test", "context": map[string]any{"cluster": "test", "user": "test"}}},
	})
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// allow lets users of a group do something in one namespace.
func allow(t *testing.T, user, namespace string, rules ...rbacv1.PolicyRule) {
	t.Helper()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: user}, Rules: rules}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: role.ObjectMeta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: user},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}
	for _, obj := range []client.Object{role, binding} {
		if err := server.Client.Create(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
	}
}

// today is the day of run.
var today = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// heldLedger is a namespace of Crier with a heartbeat that holds, and one with
// two Broadcasts that are held.
func heldLedger(t *testing.T) (operator, hr string) {
	t.Helper()
	operator, hr = server.Namespace(t, nil), server.Namespace(t, nil)
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: operator, Name: names.HeartbeatLease}}
	heartbeat.Beat{
		Holder: "crier-manager-x", At: today.Add(-20 * time.Second),
		Gap: &heartbeat.Gap{From: today.Add(-3 * time.Hour), To: today.Add(-time.Hour)},
	}.Into(lease)
	if err := server.Client.Create(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	for name, reason := range map[string]string{"flood": crier.ReasonLedgerStale, "letter": crier.ReasonRestored, "fine": crier.ReasonSent} {
		spec := `{"listRef": {"name": "staff"}, "subject": "Hello", "content": {"text": "Hello"}, "notAfter": "2026-03-01T15:30:00Z"}`
		if name == "flood" {
			spec = strings.Replace(spec, "{", `{"priority": "Urgent", `, 1)
		}
		u := apitest.Raw("Broadcast", hr, name, spec)
		u.SetLabels(map[string]string{crier.LabelRestored: "tuesday"})
		if err := server.Client.Create(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		b := &crier.Broadcast{}
		if err := server.Client.Get(t.Context(), client.ObjectKeyFromObject(u), b); err != nil {
			t.Fatal(err)
		}
		deadline := metav1.NewTime(today.Add(3*time.Hour + 30*time.Minute))
		b.Status.Deadline = &deadline
		b.Status.Audience = &crier.PlannedAudience{Recipients: 1200}
		b.Status.Conditions = []metav1.Condition{{
			Type: crier.ConditionReady, Status: metav1.ConditionFalse, Reason: reason, Message: ".", LastTransitionTime: metav1.NewTime(today),
		}}
		if err := server.Client.Status().Update(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	return operator, hr
}

// askLedger is the command with those rights; what is another at each run is hidden.
func askLedger(t *testing.T, operator, hr, user, args string) result {
	t.Helper()
	r := run(t, "", append(strings.Fields("ledger "+args), "--crier-namespace", operator, "-n", hr, "--kubeconfig", kubeconfig(t, user))...)
	hide := strings.NewReplacer(operator, "OPERATOR", hr, "HR")
	r.out, r.err = hide.Replace(r.out), hide.Replace(r.err)
	return r
}

func TestLedgerShowAndRelease(t *testing.T) {
	operator, hr := heldLedger(t)
	r := askLedger(t, operator, hr, "", "show")
	golden(t, "ledger-held.txt", r.out+r.err)
	if r.code != 1 {
		t.Errorf("code %d", r.code)
	}
	if r = askLedger(t, operator, hr, "", "release"); r.code != 0 || r.out != "Released: what could have been sent from 2026-03-01 09:00:00 UTC to 2026-03-01 11:00:00 UTC goes on within a minute.\n" {
		t.Errorf("%+v", r)
	}
	lease := &coordinationv1.Lease{}
	if err := server.Client.Get(t.Context(), client.ObjectKey{Namespace: operator, Name: names.HeartbeatLease}, lease); err != nil {
		t.Fatal(err)
	}
	if beat := heartbeat.FromLease(lease, today); beat.Holds() != nil {
		t.Errorf("still holds: %v", lease.Annotations)
	}
	if n := len(lease.ManagedFields); lease.ManagedFields[n-1].Manager != fieldManager {
		t.Errorf("written by %q", lease.ManagedFields[n-1].Manager)
	}
	if r = askLedger(t, operator, hr, "", "release"); r.code != 0 || r.out != "Nothing is held because of the heartbeat.\n" {
		t.Errorf("%+v", r)
	}

	if r = askLedger(t, operator, hr, "", "release letter"); r.code != 0 || r.out != "Released: Broadcast HR/letter of restore tuesday goes on within a minute.\n" {
		t.Errorf("%+v", r)
	}
	b := &crier.Broadcast{}
	if err := server.Client.Get(t.Context(), client.ObjectKey{Namespace: hr, Name: "letter"}, b); err != nil || b.Annotations[crier.AnnotationReleaseRestored] != "tuesday" {
		t.Errorf("%v %v", b.Annotations, err)
	}
	if r = askLedger(t, operator, hr, "", "release letter"); r.code != 0 || r.out != "Broadcast HR/letter is not held as restored.\n" {
		t.Errorf("%+v", r)
	}
	if r = askLedger(t, operator, hr, "", "release nobody"); r.code != 1 || !strings.Contains(r.err, "not found") {
		t.Errorf("%+v", r)
	}
	if r = askLedger(t, operator, hr, "", "release a b"); r.code != 2 {
		t.Errorf("%+v", r)
	}
}

// A right that is missing costs its line.
func TestLedgerWithFewRights(t *testing.T) {
	operator, hr := heldLedger(t)
	agency, platform := "agency-"+hr, "platform-"+hr
	allow(t, agency, hr, rbacv1.PolicyRule{APIGroups: []string{"crier.dev"}, Resources: []string{"broadcasts"}, Verbs: []string{"list"}})
	allow(t, platform, operator, rbacv1.PolicyRule{
		APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, ResourceNames: []string{names.HeartbeatLease}, Verbs: []string{"get", "patch"},
	})
	for _, c := range []struct {
		user  string
		code  int
		words []string
	}{
		{agency, 1, []string{"Heartbeat:   can't be read: ", "2 Broadcasts are held, 1 of them URGENT; others can't be listed: ", "flood"}},
		{platform, 1, []string{"Heartbeat:   fresh", "none is held; others can't be listed: ", "crier ledger release"}},
		{"nobody-" + hr, 2, []string{"can't be read", "can't be listed", "neither the heartbeat nor Broadcasts could be read"}},
	} {
		r := askLedger(t, operator, hr, c.user, "show")
		for _, want := range c.words {
			if r.code != c.code || !strings.Contains(r.out+r.err, want) {
				t.Errorf("%s: %d, want %q in\n%s%s", c.user, r.code, want, r.out, r.err)
			}
		}
	}
	if r := askLedger(t, operator, hr, agency, "release"); r.code != 2 || !strings.Contains(r.err, "forbidden") {
		t.Errorf("%+v", r)
	}
	if r := askLedger(t, operator, hr, platform, "release"); r.code != 0 {
		t.Errorf("%+v", r)
	}
}

func TestStaleLedgerAfterIsChecked(t *testing.T) {
	for after, fine := range map[time.Duration]bool{0: true, 2 * time.Minute: true, time.Hour: true, time.Minute: false, -time.Hour: false} {
		f := managerFlags{namespace: "a", image: "b", staleAfter: after}
		if err := f.check(); (err == nil) != fine {
			t.Errorf("%s: %v", after, err)
		}
	}
}
