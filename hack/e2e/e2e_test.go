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

// together have a namespace and a catcher of their own, and don't disturb each other.
var together = []testCase{
	{"Greylisted", testGreylisted}, // those that wait longest come first
	{"RelaySilent", testRelaySilent},
	{"Path", testPath},
	{"DeletedAndAppliedAgain", testDeletedAndAppliedAgain},
	{"EditedBeforeSealing", testEditedBeforeSealing},
	{"Scheduled", testScheduled},
	{"SuspendedInTheMiddle", testSuspendedInTheMiddle},
	{"DeletedInTheMiddle", testDeletedInTheMiddle},
	{"RecreatedInTheMiddle", testRecreatedInTheMiddle},
	{"NamespaceDeletedInTheMiddle", testNamespaceDeletedInTheMiddle},
	{"SenderDeleted", testSenderDeleted},
	{"SenderKilled", testSenderKilled},
	{"ConnectionsLost", testConnectionsLost},
	{"Resend", testResend},
	{"TooLate", testTooLate},
	{"BadRows", testBadRows},
	{"BrokenTemplate", testBrokenTemplate},
	{"HostileTemplate", testHostileTemplate},
	{"PasswordRefused", testPasswordRefused},
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

// alone act on the manager or the chart. The last leaves Crier installed under another name.
var alone = []testCase{
	{"ManagerDeleted", testManagerDeleted},
	{"Chart", testChart},
}

func TestEndToEnd(t *testing.T) {
	t.Run("Together", func(t *testing.T) {
		for _, c := range together {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.run(t)
			})
		}
	})
	for _, c := range alone {
		t.Run(c.name, c.run)
	}
}
