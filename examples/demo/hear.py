"""Prints one packet of a group, with Python's socket module and nothing else.

  hear.py GROUP PORT ADDRESS_OF_INTERFACE
"""
import socket
import sys

group, port, address = sys.argv[1], int(sys.argv[2]), sys.argv[3]
hearer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
hearer.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
hearer.bind((group, port))
membership = socket.inet_aton(group) + socket.inet_aton(address)
hearer.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
print("Python is receiving", flush=True)
packet, source = hearer.recvfrom(65535)
print(f"Python heard from {source[0]}: {packet.decode()}")
