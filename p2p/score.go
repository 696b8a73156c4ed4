package p2p

import (
	"context"
	"fmt"
	"net"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
)

// maxGossip bounds one gossipsub frame; topics have smaller limits of their own.
const maxGossip = 64 << 10

// newPubSub starts gossipsub: signed messages only, flood publishing of own messages (votes are few,
// and matter), scored peers.
func newPubSub(ctx context.Context, node host.Host) (*pubsub.PubSub, error) {
	ps, err := pubsub.NewGossipSub(ctx, node,
		pubsub.WithMessageSignaturePolicy(pubsub.StrictSign),
		pubsub.WithMaxMessageSize(maxGossip),
		pubsub.WithFloodPublish(true),
		pubsub.WithPeerScore(peerScore(), scoreThresholds()),
	)
	if err != nil {
		return nil, fmt.Errorf("p2p: start gossipsub: %w", err)
	}
	return ps, nil
}

// peerScore punishes broken promises, and crowds behind one public address.
func peerScore() *pubsub.PeerScoreParams {
	return &pubsub.PeerScoreParams{
		Topics:                      make(map[string]*pubsub.TopicScoreParams),
		AppSpecificScore:            func(peer.ID) float64 { return 0 },
		AppSpecificWeight:           1,
		IPColocationFactorWeight:    -5,
		IPColocationFactorThreshold: 16,
		IPColocationFactorWhitelist: privateNetworks(),
		BehaviourPenaltyWeight:      -10,
		BehaviourPenaltyThreshold:   6,
		BehaviourPenaltyDecay:       pubsub.ScoreParameterDecay(10 * time.Minute),
		DecayInterval:               pubsub.DefaultDecayInterval,
		DecayToZero:                 pubsub.DefaultDecayToZero,
		RetainScore:                 time.Hour,
	}
}

// topicScore rewards who brings messages first and punishes who brings invalid ones: ten within the
// decay time end a peer's gossip, a few more its place in the network. Being quiet costs nothing,
// for votes are rare.
func topicScore() *pubsub.TopicScoreParams {
	return &pubsub.TopicScoreParams{
		TopicWeight:                    1,
		TimeInMeshWeight:               0.01,
		TimeInMeshQuantum:              time.Second,
		TimeInMeshCap:                  100,
		FirstMessageDeliveriesWeight:   1,
		FirstMessageDeliveriesDecay:    pubsub.ScoreParameterDecay(10 * time.Minute),
		FirstMessageDeliveriesCap:      20,
		InvalidMessageDeliveriesWeight: -2, // times the square of their number
		InvalidMessageDeliveriesDecay:  pubsub.ScoreParameterDecay(30 * time.Minute),
	}
}

func scoreThresholds() *pubsub.PeerScoreThresholds {
	return &pubsub.PeerScoreThresholds{
		GossipThreshold:             -100,
		PublishThreshold:            -200,
		GraylistThreshold:           -400,
		AcceptPXThreshold:           10,
		OpportunisticGraftThreshold: 1,
	}
}

func privateNetworks() []*net.IPNet {
	var networks []*net.IPNet
	for _, text := range []string{"127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"} {
		if _, network, err := net.ParseCIDR(text); err == nil {
			networks = append(networks, network)
		}
	}
	return networks
}
