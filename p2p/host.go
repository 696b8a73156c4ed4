package p2p

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/libp2p/go-libp2p"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/multiformats/go-multiaddr"
)

// ErrConfig: a configuration that no host can run with.
var ErrConfig = errors.New("p2p: bad configuration")

// Defaults of Config.
const (
	DefaultLowPeers  = 64
	DefaultHighPeers = 128
)

// Config describes a host.
type Config struct {
	// Network is the profile's name. It is part of topic and protocol names: hosts of different
	// networks do not talk to each other by accident. Letters, digits, '-' and '_'.
	Network string
	// Key is the node key.
	Key *secp256k1.PrivateKey
	// Listen holds multiaddresses; /ip4/127.0.0.1/tcp/0 when empty, so that opening a host to the
	// world is a decision.
	Listen []string
	// QUIC adds the QUIC transport (UDP) to TCP.
	QUIC bool
	// Bootstrap holds multiaddresses with /p2p/ identity that the host stays connected to.
	Bootstrap []string
	// MDNS finds peers on the local network by multicast.
	MDNS bool
	// DHT joins the network's Kademlia table, finds peers through it and is found. Without it, a peer
	// that is not connected is asked for blobs only if an address of it is known.
	DHT bool
	// LowPeers and HighPeers: above HighPeers connections are trimmed to LowPeers. Defaults when
	// zero.
	LowPeers, HighPeers int
	// Logger takes notes; silent when nil.
	Logger *slog.Logger
}

// Host is a running libp2p node. It is safe for concurrent use.
type Host struct {
	network string
	log     *slog.Logger
	libp2p  host.Host
	pubsub  *pubsub.PubSub
	table   *dht.IpfsDHT // nil without Config.DHT

	// bootstrap peers are those that the configuration names.
	bootstrap map[peer.ID]bool

	ctx     context.Context // until Close
	stop    context.CancelFunc
	tasks   sync.WaitGroup
	closers []func() error
	blobs   blobLimits
	closed  sync.Once
	err     error
}

var networkName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,63}$`)

// New starts a host. Close stops it.
func New(config Config) (_ *Host, err error) {
	if !networkName.MatchString(config.Network) {
		return nil, fmt.Errorf("%w: network name %q, want 1 to 63 letters, digits, '-' or '_'", ErrConfig, config.Network)
	}
	key, err := identity(config.Key)
	if err != nil {
		return nil, err
	}
	bootstrap, err := parsePeers(config.Bootstrap)
	if err != nil {
		return nil, err
	}
	if len(config.Listen) == 0 {
		config.Listen = []string{"/ip4/127.0.0.1/tcp/0"}
	}
	if config.LowPeers <= 0 {
		config.LowPeers = DefaultLowPeers
	}
	if config.HighPeers <= 0 {
		config.HighPeers = max(DefaultHighPeers, 2*config.LowPeers)
	}
	if config.HighPeers < config.LowPeers {
		return nil, fmt.Errorf("%w: at most %d peers but at least %d", ErrConfig, config.HighPeers, config.LowPeers)
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	connections, err := connmgr.NewConnManager(config.LowPeers, config.HighPeers, connmgr.WithGracePeriod(30*time.Second))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	options := []libp2p.Option{
		libp2p.Identity(key),
		libp2p.ListenAddrStrings(config.Listen...),
		libp2p.NoTransports,
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.ConnectionManager(connections),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
		libp2p.UserAgent("sage/" + config.Network),
	}
	if config.QUIC {
		options = append(options, libp2p.Transport(libp2pquic.NewTransport))
	}
	node, err := libp2p.New(options...)
	if err != nil {
		return nil, fmt.Errorf("p2p: start host on %v: %w", config.Listen, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	h := &Host{network: config.Network, log: config.Logger, libp2p: node, ctx: ctx, stop: stop, blobs: newBlobLimits(), bootstrap: make(map[peer.ID]bool)}
	for _, info := range bootstrap {
		h.bootstrap[info.ID] = true
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	if h.pubsub, err = newPubSub(ctx, node); err != nil {
		return nil, err
	}
	if config.DHT {
		if err := h.joinTable(ctx, bootstrap); err != nil {
			return nil, err
		}
	}
	if config.MDNS {
		if err := h.listenLocally(ctx); err != nil {
			return nil, err
		}
	}
	for _, info := range bootstrap { // each on its own: one that is down does not hold up the others
		h.run(func() { h.stayConnected(ctx, info) })
	}
	return h, nil
}

// run starts a task that Close waits for.
func (h *Host) run(task func()) { h.tasks.Go(task) }

// Close stops the host and everything that it started. Closing again does nothing.
func (h *Host) Close() error {
	h.closed.Do(func() {
		h.stop()
		var errs []error
		for i := len(h.closers) - 1; i >= 0; i-- {
			errs = append(errs, h.closers[i]())
		}
		errs = append(errs, h.libp2p.Close())
		h.tasks.Wait()
		h.err = errors.Join(errs...)
	})
	return h.err
}

// ID returns the host's identity.
func (h *Host) ID() peer.ID { return h.libp2p.ID() }

// Addresses returns the multiaddresses, with identity, that others reach the host by.
func (h *Host) Addresses() []string {
	addresses, err := peer.AddrInfoToP2pAddrs(&peer.AddrInfo{ID: h.libp2p.ID(), Addrs: h.libp2p.Addrs()})
	if err != nil {
		return nil
	}
	texts := make([]string, len(addresses))
	for i, a := range addresses {
		texts[i] = a.String()
	}
	return texts
}

// Peers returns who is connected.
func (h *Host) Peers() []peer.ID { return h.libp2p.Network().Peers() }

// Connect connects to a peer by a multiaddress with /p2p/ identity and returns the identity.
func (h *Host) Connect(ctx context.Context, address string) (peer.ID, error) {
	info, err := parsePeer(address)
	if err != nil {
		return "", err
	}
	if err := h.libp2p.Connect(ctx, info); err != nil {
		return "", fmt.Errorf("p2p: connect to %s: %w", address, err)
	}
	return info.ID, nil
}

func parsePeer(address string) (peer.AddrInfo, error) {
	parsed, err := multiaddr.NewMultiaddr(address)
	if err != nil {
		return peer.AddrInfo{}, fmt.Errorf("%w: peer address %q: %w", ErrConfig, address, err)
	}
	info, err := peer.AddrInfoFromP2pAddr(parsed)
	if err != nil {
		return peer.AddrInfo{}, fmt.Errorf("%w: peer address %q needs /p2p/<id> at its end: %w", ErrConfig, address, err)
	}
	return *info, nil
}

func parsePeers(addresses []string) ([]peer.AddrInfo, error) {
	var infos []peer.AddrInfo
	for _, address := range addresses {
		info, err := parsePeer(address)
		if err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}
