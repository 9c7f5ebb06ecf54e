package live

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/testing/apitest"
)

var server *apitest.Server

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

const objects = `
{apiVersion: v1, kind: ConfigMap, metadata: {name: people}, data: {people.csv: "email,name,agency\nann@example.gov,Ann,Parks\n"}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: files}, data: {form.txt: form}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: unrelated}, data: {a: b}}
---
apiVersion: crier.dev/v1alpha1
kind: SubscriberSet
metadata: {name: staff, labels: {audience: all}}
spec: {source: {csv: {from: [{configMap: {name: people}}]}}}
---
apiVersion: crier.dev/v1alpha1
kind: SubscriberSet
metadata: {name: selected, labels: {audience: retired}}
spec: {source: {union: {subscriberSets: [{name: staff}, {name: part}]}}}
---
apiVersion: crier.dev/v1alpha1
kind: SubscriberSet
metadata: {name: part}
spec: {source: {inline: [{email: zed@example.gov}]}}
---
apiVersion: crier.dev/v1alpha1
kind: SubscriberSet
metadata: {name: left}
spec: {source: {inline: [{email: left@example.gov}]}}
---
apiVersion: crier.dev/v1alpha1
kind: SubscriberSet
metadata: {name: others}
spec: {source: {inline: [{email: other@example.gov}]}}
---
apiVersion: crier.dev/v1alpha1
kind: MailingList
metadata: {name: staff}
spec:
  address: staff@lists.example.gov
  owners: [owner@example.gov]
  from: {address: hr@example.gov}
  purpose: Mandatory
  audience: {subscriberSets: [{name: staff}], selector: {matchLabels: {audience: retired}}, exclude: {subscriberSets: [{name: left}]}}
  relayRef: {name: main, namespace: crier-system}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: gone}, data: {gone.csv: "address\nann@example.gov\n"}}
---
apiVersion: crier.dev/v1alpha1
kind: Suppression
metadata: {name: gone}
spec: {scope: {kind: Namespace}, reason: Legal, csv: {from: [{configMap: {name: gone}}]}}
---
apiVersion: crier.dev/v1alpha1
kind: MessageTemplate
metadata: {name: notice}
spec: {html: "<p>{{ .Body }}</p>"}
---
apiVersion: crier.dev/v1alpha1
kind: Broadcast
metadata: {name: enrollment}
spec:
  listRef: {name: staff}
  subject: Hello
  content:
    markdown: Hello
    templateRef: {name: notice}
    attachments: [{name: form.txt, configMap: {name: files, key: form.txt}}, {name: b, secret: {name: files, key: b}}]
  notAfter: "2026-03-10T00:00:00Z"
`

const relay = `
apiVersion: crier.dev/v1alpha1
kind: Relay
metadata: {name: main, namespace: crier-system}
spec: {host: mail.example.gov, bounceDomain: bounces.example.gov}
`

func create(t *testing.T, namespace, text string) {
	t.Helper()
	read, problems, _ := manifest.Parse("test", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, o := range read {
		o.SetNamespace(namespace)
		if err := server.Client.Create(t.Context(), &unstructured.Unstructured{Object: o.Content}); err != nil {
			t.Fatal(err)
		}
	}
}

// tenant may read a namespace as an agency may: no Secrets, and no Relays of
// others.
func tenant(t *testing.T, namespace string) client.Client {
	t.Helper()
	role := &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: "agency", Namespace: namespace},
		Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{"crier.dev"}, Resources: []string{"broadcasts", "mailinglists", "subscribersets", "messagetemplates"}, Verbs: []string{"get", "list"}},
			{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"get"}},
		},
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "agency", Namespace: namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "agency"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: "writer-" + namespace}},
	}
	for _, o := range []client.Object{role, binding} {
		if err := server.Client.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	config := rest.CopyConfig(server.Config)
	config.Impersonate.UserName = "writer-" + namespace
	config.Impersonate.Groups = []string{"system:authenticated"}
	c, err := client.New(config, client.Options{Scheme: server.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTenant(t *testing.T) {
	namespace := server.Namespace(t, nil)
	create(t, namespace, objects)
	create(t, "", relay)
	w, b, err := Broadcast(t.Context(), tenant(t, namespace), "crier-system", namespace, "enrollment")
	if err != nil {
		t.Fatal(err)
	}
	for want, got := range map[string][]string{
		"left part selected staff": w.Sets.Names(namespace),
		"files people":             w.ConfigMaps.Names(namespace),
		"notice":                   w.Templates.Names(namespace),
		"":                         append(w.Secrets.Names(namespace), w.Relays.Names("crier-system")...),
	} {
		if slices.Sort(got); strings.Join(got, " ") != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	facts, gaps := w.Facts(b)
	if len(gaps) != 2 || gaps[0].Kind != "Relay" || gaps[1].Kind != "Secret" || len(facts.Files) != 1 || facts.Template == nil {
		t.Error(gaps)
	}
	s := w.Select(facts)
	if first, ok, err := s.First(); err != nil || !ok || first.Email != "ann@example.gov" || first.Attributes["agency"] != "Parks" {
		t.Error(first, ok, err)
	}
	if len(s.Doubts) != 2 || !strings.Contains(s.Doubts[1], "you can't read the Suppressions of namespace "+namespace+":") {
		t.Error(s.Doubts)
	}
	// Who may read everything sees the Relay too, and who is suppressed.
	if w, _, err = Broadcast(t.Context(), server.Client, "crier-system", namespace, "enrollment"); err != nil || len(w.Relays.Keys()) != 1 {
		t.Error(err)
	}
	facts, _ = w.Facts(b)
	s = w.Select(facts)
	if answer, err := s.Ask("ann@example.gov", nil); err != nil || answer.Reason != crier.SuppressedLegal || len(s.Doubts) > 0 {
		t.Error(answer, err, s.Doubts)
	}
}

// What is read of a set that was synced is in its status.
func TestAttributesOfStatus(t *testing.T) {
	namespace := server.Namespace(t, nil)
	create(t, namespace, `
apiVersion: crier.dev/v1alpha1
kind: SubscriberSet
metadata: {name: staff}
spec: {source: {https: {url: "https://example.gov/staff.csv"}}}
`)
	w := &declared.World{}
	u := &unstructured.Unstructured{}
	u.SetAPIVersion("crier.dev/v1alpha1")
	u.SetKind("SubscriberSet")
	if err := server.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "staff"}, u); err != nil {
		t.Fatal(err)
	}
	u.Object["status"] = map[string]any{
		"observedGeneration": int64(1), "subscribers": int64(1), "rejected": int64(0), "duplicates": int64(0), "attributes": []any{"agency"},
		"roster": map[string]any{"digest": "sha256:a", "generation": int64(1), "parts": int64(1), "syncedAt": "2026-03-01T00:00:00Z"},
	}
	if err := errors.Join(server.Client.Status().Update(t.Context(), u), w.Add(u.Object, nil)); err != nil {
		t.Fatal(err)
	}
	if r := w.Roster(declared.Key{Namespace: namespace, Name: "staff"}); !r.Complete || r.People || !slices.Equal(r.Attributes, []string{"agency"}) {
		t.Errorf("%+v", r)
	}
}

func TestNotThere(t *testing.T) {
	namespace := server.Namespace(t, nil)
	for _, c := range []client.Client{server.Client, tenant(t, namespace)} {
		for _, in := range []string{namespace, "kube-system"} {
			if _, _, err := Broadcast(t.Context(), c, "crier-system", in, "none"); !errors.Is(err, ErrNotFound) {
				t.Error(err)
			}
		}
	}
}
