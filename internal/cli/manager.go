package cli

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlconfig "sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/relay"
	"crier.dev/crier/internal/cluster/trim"
	"crier.dev/crier/internal/delivery/heartbeat"
)

// managerFlags are the flags of the manager.
type managerFlags struct {
	leaderElect     bool
	metricsAddress  string
	probeAddress    string
	namespace       string
	image           string
	pullPolicy      string
	pullSecrets     []string
	watchNamespaces []string
	allowLoopback   bool
	probeInterval   time.Duration
	reportRetention time.Duration
	dkimDNS         bool
	hold            bool
	staleAfter      time.Duration
	logLevel        string
}

const (
	// defaultStaleAfter is longer than an upgrade or the loss of a node takes.
	defaultStaleAfter = 30 * time.Minute
	// leastStaleAfter is more than the change of leaders takes.
	leastStaleAfter = 2 * heartbeat.Interval
)

// defaultReportRetention keeps a year of ten weekly lists of a million far below
// what etcd holds by default: see the table of sizes in docs/install.md.
const defaultReportRetention = 30 * 24 * time.Hour

func newManagerCommand() *cobra.Command {
	var f managerFlags
	cmd := &cobra.Command{
		Use:   "manager",
		Short: "Carry out what users declare",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runManager(cmd, f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.leaderElect, "leader-elect", false, "let one of several managers lead")
	flags.StringVar(&f.metricsAddress, "metrics-bind-address", "0", "address of the metrics, over HTTPS; 0 for none")
	flags.StringVar(&f.probeAddress, "health-probe-bind-address", ":8081", "address of the probes")
	flags.StringVar(&f.namespace, "namespace", os.Getenv("POD_NAMESPACE"), "namespace of the operator, where senders run")
	flags.StringVar(&f.image, "sender-image", os.Getenv("CRIER_IMAGE"), "image of sender pods: the manager's own")
	flags.StringVar(&f.pullPolicy, "image-pull-policy", string(corev1.PullIfNotPresent), "pull policy of sender pods")
	flags.StringSliceVar(&f.pullSecrets, "image-pull-secrets", nil, "pull secrets of sender pods")
	flags.StringSliceVar(&f.watchNamespaces, "watch-namespaces", nil, "namespaces to serve; all unless given")
	flags.BoolVar(&f.allowLoopback, "allow-loopback-relays", false, "let Relays be on loopback and link-local addresses")
	flags.DurationVar(&f.probeInterval, "relay-probe-interval", relay.DefaultProbeInterval, "least time between two probes of a Relay that hasn't changed")
	flags.DurationVar(&f.reportRetention, "report-retention", defaultReportRetention, "how long after the end the rows of a report are kept; 0 for as long as the Broadcast")
	flags.BoolVar(&f.dkimDNS, "dkim-dns", true, "look in the DNS whether the DKIM keys of Relays are published")
	flags.BoolVar(&f.hold, "hold-new-broadcasts", false, "accept everything and send nothing, for rebuilt clusters")
	flags.DurationVar(&f.staleAfter, "stale-ledger-after", defaultStaleAfter, "age of the ledger's heartbeat at which a manager that begins to lead holds what may have been sent since; 0 to never hold")
	flags.StringVar(&f.logLevel, "log-level", "info", "debug, info or error")
	return cmd
}

func (f managerFlags) check() error {
	if f.namespace == "" {
		return errors.New("the operator's namespace is not known: give --namespace or set POD_NAMESPACE")
	}
	if f.image == "" {
		return errors.New("the image of sender pods is not known: give --sender-image or set CRIER_IMAGE")
	}
	if f.staleAfter != 0 && f.staleAfter < leastStaleAfter {
		return fmt.Errorf("--stale-ledger-after %s: give 0, or %s or more, since the heartbeat is renewed once a minute", f.staleAfter, leastStaleAfter)
	}
	return nil
}

// resolver is none if the DNS isn't to be asked.
func (f managerFlags) resolver() relay.TXTResolver {
	if !f.dkimDNS {
		return nil
	}
	return net.DefaultResolver
}

func runManager(cmd *cobra.Command, f managerFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	var level zapcore.Level
	if err := level.Set(f.logLevel); err != nil {
		return fmt.Errorf("--log-level: %w", err)
	}
	ctrl.SetLogger(zap.New(zap.Level(level)))
	mgr, err := newManager(f)
	if err != nil {
		return err
	}
	if err := setUpControllers(mgr, f); err != nil {
		return err
	}
	return mgr.Start(cmd.Context())
}

func newManager(f managerFlags) (ctrl.Manager, error) {
	config, err := ctrl.GetConfig()
	if err != nil {
		return nil, err
	}
	// The API server's own fairness is the limit.
	config.QPS = -1
	return newManagerFor(config, f)
}

// newManagerFor makes a manager for an API server. Its controllers watch before
// it leads, so that it only leads when it knows what there is.
func newManagerFor(config *rest.Config, f managerFlags) (ctrl.Manager, error) {
	watched, warm := newCaches(), true
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                        newScheme(),
		NewCache:                      watched.New,
		Cache:                         cacheOptions(f),
		Controller:                    ctrlconfig.Controller{EnableWarmup: &warm},
		Metrics:                       metricsOptions(f),
		HealthProbeBindAddress:        f.probeAddress,
		LeaderElection:                f.leaderElect,
		LeaderElectionID:              "crier.dev",
		LeaderElectionNamespace:       f.namespace,
		LeaderElectionReleaseOnCancel: true,
	})
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		mgr.AddHealthzCheck("ping", healthz.Ping),
		mgr.AddReadyzCheck("caches", watched.Ready))
	return mgr, err
}

func newScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	// Both only fail for types that are registered twice.
	_ = clientgoscheme.AddToScheme(scheme)
	_ = crier.AddToScheme(scheme)
	return scheme
}

// cacheOptions keep to the namespaces that are served. Jobs and sender pods
// are the operator's own; Suppressions are heeded there as well, see ScopeGlobal.
func cacheOptions(f managerFlags) cache.Options {
	own := map[string]cache.Config{f.namespace: {}}
	options := cache.Options{
		DefaultTransform: trim.Object,
		ByObject: map[client.Object]cache.ByObject{
			&batchv1.Job{}: {Namespaces: own},
			&corev1.Pod{}:  {Namespaces: own, Label: labels.SelectorFromSet(labels.Set{crier.LabelComponent: crier.ComponentSender})},
		},
	}
	for _, namespace := range f.watchNamespaces {
		if options.DefaultNamespaces == nil {
			options.DefaultNamespaces = map[string]cache.Config{}
		}
		options.DefaultNamespaces[namespace] = cache.Config{}
	}
	if options.DefaultNamespaces != nil {
		heeded := maps.Clone(options.DefaultNamespaces)
		heeded[f.namespace] = cache.Config{}
		options.ByObject[&crier.Suppression{}] = cache.ByObject{Namespaces: heeded}
	}
	return options
}

func metricsOptions(f managerFlags) metricsserver.Options {
	return metricsserver.Options{
		BindAddress:    f.metricsAddress,
		SecureServing:  true,
		FilterProvider: filters.WithAuthenticationAndAuthorization,
	}
}
