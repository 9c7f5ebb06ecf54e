//go:build e2e

// Package e2e tests Crier on a real cluster, from the manifest to the mail. hack/e2e/run brings
// the cluster up first.
package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"

	"crier.dev/crier/hack/e2e/harness"
)

var (
	setup *harness.Setup
	kube  *harness.Kube
)

func TestMain(m *testing.M) {
	var err error
	if setup, err = harness.FromEnvironment(os.Stdout); err == nil {
		kube, err = setup.Connect(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

type testCase struct {
	name string
	run  func(*testing.T)
}

// usual have a namespace and a catcher of their own, and don't disturb each other.
var usual = []testCase{
	{"Path", testPath},
	{"RelaySilent", testRelaySilent},
	{"EditedBeforeSealing", testEditedBeforeSealing},
	{"Scheduled", testScheduled},
	{"SuspendedInTheMiddle", testSuspendedInTheMiddle},
	{"Resend", testResend},
	{"TooLate", testTooLate},
	{"BadRows", testBadRows},
	{"BrokenTemplate", testBrokenTemplate},
	{"HostileTemplate", testHostileTemplate},
	{"PasswordRefused", testPasswordRefused},
	{"DirectoryToMail", testDirectoryToMail},
	{"DirectoryBroken", testDirectoryBroken},
	{"DatabasePassword", testDatabasePassword},
	{"SourceNotAllowed", testSourceNotAllowed},
	{"SuppressedInTheMiddle", testSuppressedInTheMiddle},
	{"NoSubscribers", testNoSubscribers},
	{"SetMissing", testSetMissing},
	{"SenderNotGranted", testSenderNotGranted},
	{"AddressTaken", testAddressTaken},
	{"UnlabelledSecret", testUnlabelledSecret},
	{"SenderToken", testSenderToken},
	{"TenantRights", testTenantRights},
	{"RecordGuard", testRecordGuard},
	{"Metrics", testMetrics},
}

// measured have bounds of time: each runs while no other case does.
var measured = []testCase{
	{"Urgent", testUrgent},
}

// faults don't disturb each other either. Their sizes are in sizes_test.go.
var faults = []testCase{
	{"Greylisted", testGreylisted}, // those that wait longest come first
	{"GreylistedAll", testGreylistedAll},
	{"Poison", testPoison},
	{"OddReplies", testOddReplies},
	{"SlowReplies", testSlowReplies},
	{"Limits", testLimits},
	{"Kills", testKills},
	{"Drained", testDrained},
	{"SenderDeleted", testSenderDeleted},
	{"ConnectionsLost", testConnectionsLost},
	{"RefusedAtConnect", testRefusedAtConnect},
	{"RefusedAfter20", testRefusedAfter20},
	{"HalfRefused", testHalfRefused},
	{"RelayDenies", testRelayDenies},
	{"StartTLSWithdrawn", testStartTLSWithdrawn},
	{"CertificateExpired", testCertificateExpired},
	{"PasswordRotated", testPasswordRotated},
	{"RelayDown", testRelayDown},
	{"DeletedAndAppliedAgain", testDeletedAndAppliedAgain},
	{"DeletedInTheMiddle", testDeletedInTheMiddle},
	{"RecreatedInTheMiddle", testRecreatedInTheMiddle},
	{"ReplacedInTheMiddle", testReplacedInTheMiddle},
	{"StatusWiped", testStatusWiped},
	{"RecordDeleted", testRecordDeleted},
	{"NamespaceDeletedInTheMiddle", testNamespaceDeletedInTheMiddle},
}

// manager, cluster and chart act on what all share: one after the other, but for those that
// only take the manager away for a while, which can do so at the same time.
var (
	manager = []testCase{
		{"Deleted", testManagerDeleted},
		{"Killed", testManagerKilled},
		{"Two", testTwoManagers},
		{"FreezeKilled", testFreezeKilled},
		{"Upgraded", testUpgraded},
	}
	cluster = []testCase{
		{"APIServerGone", testAPIServerGone},
		{"EtcdRestarted", testEtcdRestarted},
		{"PodsLost", testPodsLost},
	}
	chart = []testCase{
		{"Midway", testChartMidway},
		{"NamespaceDeleted", testNamespaceOfOperatorDeleted},
		{"Life", testChart},
	}
)

func TestEndToEnd(t *testing.T) {
	if !full { // what isn't a fault has no other size
		t.Run("Together", func(t *testing.T) { parallel(t, usual) })
	}
	t.Run("Faults", func(t *testing.T) { parallel(t, faults) })
	t.Run("Measured", func(t *testing.T) { inTurn(t, measured) })
	t.Run("Manager", func(t *testing.T) { inTurn(t, manager) })
	t.Run("Cluster", func(t *testing.T) { inTurn(t, cluster) })
	t.Run("Chart", func(t *testing.T) { inTurn(t, chart) })
}

// parallel cases of both groups run after all others, at the same time.
func parallel(t *testing.T, cases []testCase) {
	t.Parallel()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

func inTurn(t *testing.T, cases []testCase) {
	for _, c := range cases {
		t.Run(c.name, c.run)
	}
}
