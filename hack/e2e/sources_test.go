//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
	"crier.dev/crier/internal/testing/sourcetest/postgres"
	"crier.dev/crier/internal/testing/sourcetest/slapd"
)

// The cases of this file start a directory or a database on this machine, at the address of the
// node that pods reach.

const (
	readerDN = "cn=crier," + slapd.Suffix
	// directoryRights let the reader read, in pages, and nobody else.
	directoryRights = `access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="` + readerDN + `" read by * none
limits dn.exact="` + readerDN + `" size.soft=500 size.hard=500 size.prtotal=unlimited`
	loginName = "source-login"
)

func (w *world) nodeAddress() string {
	w.Helper()
	if setup.Existing {
		w.Skip("only a cluster of this machine reaches a server on it")
	}
	address, err := kube.NodeAddress(w.ctx)
	w.must(err)
	return address
}

// needed skips without a server, unless tests with others' programs are required.
func (w *world) needed(err error) {
	w.Helper()
	missing := errors.Is(err, slapd.ErrMissing) || errors.Is(err, postgres.ErrMissing) || errors.Is(err, harness.ErrNoVerifier)
	if missing && os.Getenv("CRIER_TEST_SERVERS") != "required" {
		w.Skip(err)
	}
	w.must(err)
}

// directory starts one with these entries, which only the reader can read.
func (w *world) directory(people func(io.Writer) error) *slapd.Server {
	w.Helper()
	server, err := slapd.Start(w.ctx, w.TempDir(), slapd.Options{
		Address: w.nodeAddress(), Config: directoryRights,
		LDIF: func(out io.Writer) error {
			_, err := io.WriteString(out, slapd.Entry(readerDN, "objectClass", "organizationalRole",
				"objectClass", "simpleSecurityObject", "cn", "crier", "userPassword", password))
			return errors.Join(err, people(out))
		},
	})
	w.needed(err)
	w.Cleanup(server.Stop)
	return server
}

// login makes the Secret of a source.
func (w *world) login(data map[string]string) {
	w.Helper()
	meta := w.meta(loginName)
	meta.Labels = map[string]string{crier.LabelUse: crier.UseSource}
	w.create(&corev1.Secret{ObjectMeta: meta, StringData: data})
}

// directorySet reads a directory.
func (w *world) directorySet(server *slapd.Server, name string) *crier.SubscriberSet {
	return &crier.SubscriberSet{ObjectMeta: w.meta(name), Spec: crier.SubscriberSetSpec{
		Source: crier.SubscriberSource{LDAP: &crier.LDAPSource{
			URL: server.LDAPS, TLS: crier.SourceTLS{CABundle: server.CA},
			SecretRef: &crier.LocalReference{Name: loginName}, BaseDN: slapd.PeopleDN, Filter: "(objectClass=inetOrgPerson)",
			Attributes: map[string]crier.LDAPAttributeName{"grade": "departmentNumber"},
		}},
		Attributes: map[string]crier.AttributeDeclaration{"grade": {Type: crier.AttributeInteger}},
	}}
}

// readAgain has a source read at once: a Secret that changed is a reason to.
func (w *world) readAgain(change func(*corev1.Secret)) {
	w.Helper()
	patch(w, &corev1.Secret{ObjectMeta: w.meta(loginName)}, func(s *corev1.Secret) {
		s.Annotations = map[string]string{"example.org/touched": time.Now().Format(time.RFC3339Nano)}
		if change != nil {
			change(s)
		}
	})
}

// staysReady checks that a set's last roster can still be used, and how old its last sync is.
func (w *world) staysReady(set *crier.SubscriberSet, subscribers int64) {
	w.Helper()
	w.get(set)
	if c := meta.FindStatusCondition(set.Status.Conditions, crier.ConditionReady); c == nil || c.Status != metav1.ConditionTrue {
		w.Errorf("the set isn't Ready any more: %s", describe(set.Status.Conditions))
	}
	if set.Status.Subscribers != subscribers || set.Status.Sync == nil || set.Status.Sync.At.IsZero() {
		w.Errorf("%d subscribers, sync %+v; want %d", set.Status.Subscribers, set.Status.Sync, subscribers)
	}
}

func testDirectoryBroken(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	const people = 300
	server := w.directory(func(out io.Writer) error { return slapd.WritePeople(out, 1, people) })
	w.login(map[string]string{"bindDN": readerDN, "password": password})
	set := w.directorySet(server, setName)
	set.Spec.Guard = &crier.SubscriberGuard{MaxShrinkPercent: new(int32(20))}
	w.create(set)
	w.until(set, crier.ConditionSynced, metav1.ConditionTrue, "")
	w.staysReady(set, people)

	server.Stop()
	w.readAgain(nil)
	w.Log(w.until(set, crier.ConditionSynced, metav1.ConditionFalse, crier.ReasonSourceUnavailable).Message)
	w.staysReady(set, people)
	w.printSets()

	w.must(server.Again(w.ctx))
	w.readAgain(nil)
	w.until(set, crier.ConditionSynced, metav1.ConditionTrue, "")

	w.leave150(server)
	w.readAgain(nil)
	w.Log(w.until(set, crier.ConditionSynced, metav1.ConditionFalse, crier.ReasonSyncHeld).Message)
	w.staysReady(set, people)
	if h := set.Status.Held; h == nil || h.Removed != 150 || h.Subscribers != people-150 {
		w.Fatalf("held %+v", h)
	}
	out, err := kube.Kubectl(w.ctx, "", "annotate", "subscriberset", setName, "-n", w.namespace, crier.AnnotationAcceptSync+"="+set.Status.Held.Digest)
	w.must(err)
	w.Log(strings.TrimSpace(out))
	w.until(set, crier.ConditionSynced, metav1.ConditionTrue, "")
	w.staysReady(set, people-150)
}

// leave150 deletes half of 300 entries.
func (w *world) leave150(server *slapd.Server) {
	w.Helper()
	conn, err := goldap.DialURL(server.LDAP)
	w.must(err)
	defer conn.Close()
	w.must(conn.Bind(slapd.AdminDN, slapd.AdminPassword))
	for i := 1; i <= 150; i++ {
		w.must(conn.Del(goldap.NewDelRequest(slapd.PersonDN(i), nil)))
	}
}

func (w *world) printSets() {
	w.Helper()
	out, err := kube.Kubectl(w.ctx, "", "get", "subscribersets", "-n", w.namespace, "-o", "wide")
	w.must(err)
	w.Log("\n" + out)
}

func testDatabasePassword(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	// Not below the folder of the test, whose name is too long for a socket.
	dir, err := os.MkdirTemp("/tmp", "crier-e2e-")
	w.must(err)
	w.Cleanup(func() { os.RemoveAll(dir) })
	server, err := postgres.Start(w.ctx, dir, postgres.Options{Address: w.nodeAddress()})
	w.needed(err)
	w.Cleanup(server.Stop)
	const people = 1000
	w.must(server.Exec(w.ctx, fmt.Sprintf(`CREATE TABLE people AS SELECT 'p' || n || '@%s' AS email, 'Person ' || n AS name, n %% 9 AS district
		FROM generate_series(1, %d) AS n; CREATE ROLE crier LOGIN PASSWORD 'first'; GRANT SELECT ON people TO crier`, w.domain, people)))
	w.login(map[string]string{"username": "crier", "password": "first"})
	set := &crier.SubscriberSet{ObjectMeta: w.meta(setName), Spec: crier.SubscriberSetSpec{
		Source: crier.SubscriberSource{SQL: &crier.SQLSource{
			Host: server.Host, Port: int32(server.Port), Database: postgres.Database, TLS: crier.SourceTLS{CABundle: server.CA},
			SecretRef: crier.LocalReference{Name: loginName}, Query: "SELECT email, name, district FROM people",
		}},
		Attributes: map[string]crier.AttributeDeclaration{"district": {Type: crier.AttributeInteger}},
	}}
	w.create(set)
	w.until(set, crier.ConditionSynced, metav1.ConditionTrue, "")
	w.staysReady(set, people)

	w.must(server.Exec(w.ctx, "ALTER ROLE crier PASSWORD 'second'; DELETE FROM people WHERE district = 0"))
	w.readAgain(nil)
	message := w.until(set, crier.ConditionSynced, metav1.ConditionFalse, crier.ReasonSourceRefused).Message
	if strings.Contains(message, "first") {
		w.Errorf("the password is in the message: %s", message)
	}
	w.Log(message)
	w.staysReady(set, people)
	w.printSets()

	w.readAgain(func(s *corev1.Secret) { s.Data["password"] = []byte("second") })
	w.until(set, crier.ConditionSynced, metav1.ConditionTrue, "")
	w.staysReady(set, people-people/9)
}

// testSourceNotAllowed points a source where no tenant's source may be: at the manager's own pod,
// and at the API server.
func testSourceNotAllowed(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.login(map[string]string{"bindDN": readerDN, "password": password})
	for name, url := range map[string]string{"own-pod": "ldaps://127.0.0.1:8443", "api-server": "ldaps://kubernetes.default.svc:443"} {
		set := w.directorySet(&slapd.Server{LDAPS: url}, name)
		set.Spec.Source.LDAP.TLS.CABundle = ""
		w.create(set)
		w.Log(w.notReady(set, crier.ReasonAddressNotAllowed))
	}
}

// untilRead waits for a Suppression to be read.
func (w *world) untilRead(name string, addresses int64) {
	w.Helper()
	s := &crier.Suppression{ObjectMeta: w.meta(name)}
	w.must(harness.Wait(w.ctx, "a Suppression to be read", patience(), func(ctx context.Context) (bool, string, error) {
		err := kube.Client.Get(ctx, client.ObjectKeyFromObject(s), s)
		return s.Status.ObservedGeneration == s.Generation && meta.IsStatusConditionTrue(s.Status.Conditions, crier.ConditionReady) &&
			s.Status.Addresses == addresses, describe(s.Status.Conditions), err
	}))
}
