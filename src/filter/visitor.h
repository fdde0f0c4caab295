// Internal header: telling the kinds of filters apart.
#pragma once

namespace mc::filter {

class AllOf;
class AnyOf;
class Callable;
class Everything;
class MaskedBytes;
class Not;
class Prefix;
class Regex;
class SizeRange;
class SourceNetwork;
class SourcePort;

// For what a filter is made into: an index, a program.
class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual void visit(const Everything& filter) = 0;
  virtual void visit(const Prefix& filter) = 0;
  virtual void visit(const MaskedBytes& filter) = 0;
  virtual void visit(const SizeRange& filter) = 0;
  virtual void visit(const SourceNetwork& filter) = 0;
  virtual void visit(const SourcePort& filter) = 0;
  virtual void visit(const Regex& filter) = 0;
  virtual void visit(const Callable& filter) = 0;
  virtual void visit(const AllOf& filter) = 0;
  virtual void visit(const AnyOf& filter) = 0;
  virtual void visit(const Not& filter) = 0;
};

}  // namespace mc::filter
