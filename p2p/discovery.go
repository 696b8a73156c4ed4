package p2p

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	dht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
	"github.com/libp2p/go-libp2p/p2p/discovery/routing"
)

const (
	dialTimeout     = 10 * time.Second
	reconnectAtMost = 30 * time.Second
	findInterval    = time.Minute
)

// stayConnected keeps the connection to a bootstrap peer, with jittered back-off between tries.
func (h *Host) stayConnected(ctx context.Context, info peer.AddrInfo) {
	if info.ID == h.ID() {
		return
	}
	h.libp2p.ConnManager().Protect(info.ID, "bootstrap") // whoever of the two dials
	pause := 250 * time.Millisecond
	for {
		pause = min(2*pause, reconnectAtMost)
		if h.libp2p.Network().Connectedness(info.ID) == network.Connected {
			pause = reconnectAtMost / 4
		} else {
			dial, cancel := context.WithTimeout(ctx, dialTimeout)
			err := h.libp2p.Connect(dial, info)
			cancel()
			if err == nil {
				pause = reconnectAtMost / 4
			} else {
				h.log.Debug("bootstrap peer not reached", "peer", info.ID, "error", err)
			}
		}
		if !rest(ctx, pause/2+rand.N(pause)) {
			return
		}
	}
}

// joinTable joins the network's own Kademlia table, and finds and announces peers through it.
func (h *Host) joinTable(ctx context.Context, bootstrap []peer.AddrInfo) error {
	table, err := dht.New(ctx, h.libp2p,
		dht.Mode(dht.ModeAutoServer),
		dht.ProtocolPrefix(protocol.ID("/sage/"+h.network)),
		dht.BootstrapPeers(bootstrap...),
		dht.DisableValues(),
	)
	if err != nil {
		return fmt.Errorf("p2p: start the Kademlia table: %w", err)
	}
	h.closers = append(h.closers, table.Close)
	h.table = table
	if err := table.Bootstrap(ctx); err != nil {
		return fmt.Errorf("p2p: start the Kademlia table: %w", err)
	}
	h.run(func() { h.meet(ctx, routing.NewRoutingDiscovery(table)) })
	return nil
}

// meet announces the host at the network's rendezvous and connects to those it finds there.
func (h *Host) meet(ctx context.Context, rendezvous *routing.RoutingDiscovery) {
	name := "sage/" + h.network
	pause := time.Second
	for rest(ctx, pause/2+rand.N(pause)) {
		pause = min(2*pause, findInterval)
		if _, err := rendezvous.Advertise(ctx, name); err != nil {
			h.log.Debug("announcement failed", "error", err)
		}
		if len(h.Peers()) >= DefaultLowPeers {
			continue
		}
		find, cancel := context.WithTimeout(ctx, dialTimeout)
		found, err := rendezvous.FindPeers(find, name)
		if err != nil {
			cancel()
			h.log.Debug("search for peers failed", "error", err)
			continue
		}
		for info := range found {
			if info.ID == h.ID() || len(info.Addrs) == 0 || h.libp2p.Network().Connectedness(info.ID) == network.Connected {
				continue
			}
			if err := h.libp2p.Connect(find, info); err != nil {
				h.log.Debug("found peer not reached", "peer", info.ID, "error", err)
			}
		}
		cancel()
	}
}

// listenLocally finds peers on the local network.
func (h *Host) listenLocally(ctx context.Context) error {
	service := mdns.NewMdnsService(h.libp2p, "_sage-"+h.network+"._udp", foundLocally{ctx, h})
	if err := service.Start(); err != nil {
		return fmt.Errorf("p2p: start multicast discovery: %w", err)
	}
	h.closers = append(h.closers, service.Close)
	return nil
}

type foundLocally struct {
	ctx  context.Context
	host *Host
}

// HandlePeerFound implements mdns.Notifee.
func (f foundLocally) HandlePeerFound(info peer.AddrInfo) {
	if info.ID == f.host.ID() {
		return
	}
	f.host.run(func() {
		ctx, cancel := context.WithTimeout(f.ctx, dialTimeout)
		defer cancel()
		if err := f.host.libp2p.Connect(ctx, info); err != nil {
			f.host.log.Debug("local peer not reached", "peer", info.ID, "error", err)
		}
	})
}

// rest waits; false when the context ended.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
