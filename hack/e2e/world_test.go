//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

const (
	relayName = "relay"
	listName  = "everybody"
	setName   = "people"
	user      = "crier"
	password  = "right"
)

// world is a namespace with a catcher, for one test.
type world struct {
	*testing.T
	ctx       context.Context
	namespace string
	domain    string // of recipients and senders
	owner     string // gets the reports
	catcher   *harness.Catcher
	authority string
}

func newWorld(t *testing.T, script smtptest.Script) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience()+5*time.Minute)
	w := &world{T: t, ctx: ctx, namespace: "e2e-" + rand.String(6)}
	w.domain = w.namespace + ".example.org"
	w.owner = "owner@" + w.domain
	w.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: w.namespace, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}})
	t.Cleanup(func() { w.leave(cancel) })
	catcher, authority, err := kube.DeployCatcher(ctx, harness.CatcherOptions{
		Namespace: w.namespace, Image: setup.CatcherImage, Script: script, Users: map[string]string{user: password},
	})
	w.must(err)
	w.catcher, w.authority = catcher, string(authority)
	return w
}

// leave tells what it looked like when a test failed, and takes the namespace away.
func (w *world) leave(cancel func()) {
	defer cancel()
	if w.Failed() {
		for _, args := range [][]string{
			{"get", "crier", "-n", w.namespace, "-o", "wide"},
			{"describe", "broadcasts", "-n", w.namespace},
			{"get", "deliveryrecords"},
			{"get", "jobs,pods", "-n", harness.Namespace, "-o", "wide"},
			{"logs", "-n", harness.Namespace, "-l", "app.kubernetes.io/component=manager", "--tail=40"},
		} {
			out, _ := kube.Kubectl(context.Background(), "", args...)
			w.Logf("kubectl %s\n%s", strings.Join(args, " "), out)
		}
	}
	_ = kube.Client.Delete(context.Background(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}})
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) create(objects ...client.Object) {
	w.Helper()
	for _, object := range objects {
		w.must(kube.Client.Create(w.ctx, object))
	}
}

func (w *world) get(object client.Object) {
	w.Helper()
	w.insist("an answer", func(ctx context.Context) error {
		return kube.Client.Get(ctx, client.ObjectKeyFromObject(object), object)
	})
}

// insist does what needs the API server until it succeeds: another test may have taken it away.
// Only an answer that won't change ends it earlier.
func (w *world) insist(what string, do func(context.Context) error) {
	w.Helper()
	var final error
	w.must(harness.Wait(w.ctx, what, patience(), func(ctx context.Context) (bool, string, error) {
		err := do(ctx)
		if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) || apierrors.IsInvalid(err) {
			final = err
			return true, "", nil
		}
		return err == nil, "", err
	}))
	w.must(final)
}

// patch changes an object in place, as an editor does.
func patch[T client.Object](w *world, object T, change func(T)) {
	w.Helper()
	w.insist("a change", func(ctx context.Context) error {
		if err := kube.Client.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		before := object.DeepCopyObject().(client.Object)
		change(object)
		return kube.Client.Patch(ctx, object, client.MergeFrom(before))
	})
}

func (w *world) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: w.namespace, Name: name}
}

// rows are CSV lines of n people, numbered from first on, without a header.
func (w *world) rows(first, n int) string {
	var b strings.Builder
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&b, "u%04d@%s,Person %d,Agency %d\n", i, w.domain, i, i%7)
	}
	return b.String()
}

// chunk is how many rows a ConfigMap has: it must stay below 1 MiB.
const chunk = 10_000

// people make a set out of CSV in a ConfigMap of the same name, and in more of them if there are
// many rows.
func (w *world) people(name, rows string) {
	w.Helper()
	lines := strings.SplitAfter(rows, "\n")
	source := &crier.CSVSource{}
	for part := 0; part == 0 || part*chunk < len(lines); part++ {
		object := name
		if part > 0 {
			object = fmt.Sprintf("%s-%d", name, part)
		}
		some := strings.Join(lines[part*chunk:min(len(lines), (part+1)*chunk)], "")
		w.create(&corev1.ConfigMap{ObjectMeta: w.meta(object), Data: map[string]string{"people.csv": "email,name,agency\n" + some}})
		source.From = append(source.From, crier.CSVObject{ConfigMap: &crier.CSVKeys{Name: object}})
	}
	w.create(&crier.SubscriberSet{ObjectMeta: w.meta(name), Spec: crier.SubscriberSetSpec{Source: crier.SubscriberSource{CSV: source}}})
}

// relay is granted to the namespace with its domain. It logs in with that password.
func (w *world) relay(password string) *crier.Relay {
	w.create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "login", Labels: map[string]string{crier.LabelUse: crier.UseRelay}},
		StringData: map[string]string{"username": user, "password": password},
	})
	return &crier.Relay{ObjectMeta: w.meta(relayName), Spec: crier.RelaySpec{
		Host: w.catcher.Host(), Port: 587, BounceDomain: "bounces." + w.domain,
		TLS:    crier.RelayTLS{Mode: crier.TLSStartTLS, CABundle: w.authority},
		Auth:   &crier.RelayAuth{SecretRef: &crier.LocalReference{Name: "login"}},
		Limits: crier.RelayLimits{MaxConnections: 4},
		Grants: []crier.RelayGrant{{Namespaces: []string{w.namespace}, Domains: []string{w.domain}}},
	}}
}

func (w *world) list(sets ...string) *crier.MailingList {
	list := &crier.MailingList{ObjectMeta: w.meta(listName), Spec: crier.MailingListSpec{
		Address: crier.MailAddress("all@" + w.domain), DisplayName: "Everybody",
		Owners:  []crier.MailAddress{crier.MailAddress(w.owner)},
		From:    crier.Mailbox{Address: "news@" + w.domain, Name: "News"},
		Purpose: crier.PurposeMandatory, RelayRef: crier.NamespacedReference{Name: relayName},
	}}
	for _, name := range sets {
		list.Spec.Audience.SubscriberSets = append(list.Spec.Audience.SubscriberSets, crier.LocalReference{Name: name})
	}
	return list
}

// crowd makes a relay of that many connections, a set of n people and a list.
func (w *world) crowd(n, connections int, more ...func(*crier.Relay)) {
	w.Helper()
	relay := w.relay(password)
	relay.Spec.Limits.MaxConnections = int32(connections)
	for _, change := range more {
		change(relay)
	}
	w.create(relay, w.list(setName))
	w.people(setName, w.rows(0, n))
}

// standard makes a relay, a set of n people and a list.
func (w *world) standard(n int) {
	w.Helper()
	w.create(w.relay(password), w.list(setName))
	w.people(setName, w.rows(0, n))
}

func (w *world) broadcast(name string) *crier.Broadcast {
	notAfter := metav1.NewTime(time.Now().Add(time.Hour).Truncate(time.Second))
	return &crier.Broadcast{ObjectMeta: w.meta(name), Spec: crier.BroadcastSpec{
		ListRef: &crier.LocalReference{Name: listName}, NotAfter: &notAfter,
		Subject: "News for {{ .Name }}",
		Content: crier.BroadcastContent{Text: "Dear {{ .Name }} of {{ .Attributes.agency }},\n\nthere are news.\n"},
	}}
}
